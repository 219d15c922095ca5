"""How far a service is. This base class says nothing; the command line's draws bars."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Progress:
    """Receives steps and the amounts done in them, and keeps the seconds that each step took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str, *, total: int | None = None, unit: str = "") -> Iterator[None]:
        """One named step of `total` units (bytes or rows); a step entered again adds to its seconds."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = round(self.seconds.get(name, 0.0) + time.perf_counter() - started, 4)

    def advance(self, amount: int) -> None:
        """`amount` more units of the present step are done. May be called from any thread."""

    def say(self, text: str) -> None:
        """A few words on how the present step is going, such as a rate."""
