"""What the child process of a job reports to its worker: one JSON object a line."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from catalog.progress import Progress

REPORT_EVERY_SECONDS = 0.5


class ReportedProgress(Progress):
    """Reports each step and how far it is; what a service reports from any thread comes out whole."""

    def __init__(self, stream: IO[str]) -> None:
        super().__init__()
        self.stream, self.lock = stream, threading.RLock()
        self.steps: list[dict[str, Any]] = []
        self.reported_at = 0.0

    @contextmanager
    def step(self, name: str, *, total: int | None = None, unit: str = "") -> Iterator[None]:
        self._enter({"step": name, "total": total, "unit": unit, "done": 0})
        begun = time.monotonic()
        try:
            with super().step(name, total=total, unit=unit):
                yield
        finally:
            self._leave()
        self.send(line=f"{name}: {time.monotonic() - begun:.1f} s")

    def advance(self, amount: int) -> None:
        with self.lock:
            if not self.steps:
                return
            self.steps[-1]["done"] += amount
            if time.monotonic() - self.reported_at > REPORT_EVERY_SECONDS:
                self._report_step()

    def send(self, **message: Any) -> None:
        """`line` for the log, or `failure`, why the job failed."""
        with self.lock:
            self.stream.write(f"{json.dumps(message)}\n")
            self.stream.flush()

    def _enter(self, step: dict[str, Any]) -> None:
        with self.lock:
            self.steps.append(step)
            self._report_step()

    def _leave(self) -> None:
        with self.lock:
            self.steps.pop()
            if self.steps:
                self._report_step()

    def _report_step(self) -> None:
        self.reported_at = time.monotonic()
        self.send(**self.steps[-1])
