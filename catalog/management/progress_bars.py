"""Progress bars for people, drawn on stderr by rich for whatever takes longer than a second."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bars
from rich.text import Text

from catalog.progress import Progress

SHOWN_AFTER_SECONDS = 1.0


class AmountColumn(ProgressColumn):
    """How much of how much, in the step's unit."""

    def render(self, task: Task) -> Text:
        column = DownloadColumn() if task.fields["unit"] == "bytes" else MofNCompleteColumn()
        return column.render(task)


class TerminalProgress(Progress):
    """One bar a step, which appears once the step has lasted a second and goes when it ends."""

    def __init__(self) -> None:
        super().__init__()
        self.bars = Bars(
            TextColumn("{task.description}"),
            BarColumn(),
            AmountColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
            console=Console(stderr=True),
            transient=True,
        )
        self.task: TaskID | None = None

    @contextmanager
    def step(self, name: str, *, total: int | None = None, unit: str = "") -> Iterator[None]:
        outer, self.task = self.task, self.bars.add_task(name, total=total, unit=unit, note="")
        timer = threading.Timer(SHOWN_AFTER_SECONDS, self.bars.start)
        timer.daemon = True
        timer.start()
        try:
            with super().step(name, total=total, unit=unit):
                yield
        finally:
            timer.cancel()
            self.bars.remove_task(self.task)
            self.task = outer
            if outer is None:
                self.bars.stop()

    def advance(self, amount: int) -> None:
        if self.task is not None:
            self.bars.advance(self.task, amount)

    def say(self, text: str) -> None:
        if self.task is not None:
            self.bars.update(self.task, note=text)
