"""How fast a run is, for its progress bar and its receipt."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from catalog.exceptions import counted
from catalog.models import Prediction
from catalog.progress import Progress


class RunPace:
    """Counts the rows of this attempt; `seconds` is what it and the attempts before it took."""

    def __init__(self, receipt: Prediction, progress: Progress) -> None:
        self.receipt, self.progress = receipt, progress
        self.started = time.perf_counter()
        self.before: float = receipt.seconds
        self.rows = 0

    @property
    def seconds(self) -> float:
        return round(self.before + time.perf_counter() - self.started, 4)

    @contextmanager
    def step(self) -> Iterator[None]:
        """Parts that were done before count as done."""
        with self.progress.step("predict", total=self.receipt.part_count, unit="parts"):
            self.progress.advance(self.receipt.running_parts.done().count())
            try:
                yield
            finally:
                Prediction.objects.filter(pk=self.receipt.pk).update(seconds=self.seconds)

    def add(self, rows: int) -> None:
        """A part of so many rows is done."""
        self.rows += rows
        rate = self.rows / max(time.perf_counter() - self.started, 1e-9)
        self.progress.say(f"{counted(self.rows, 'row')}, {rate:,.0f} rows/s")
        self.progress.advance(1)
