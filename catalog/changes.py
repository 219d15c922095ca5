"""What a command has changed so far, for whoever interrupts it: services say what they begin, keep and have left.

Nothing is kept of it where nobody listens, as in the web process. What is kept is asked for when it is told, for an
interruption may come between a commit and the line after it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TypeVar

Item = TypeVar("Item")
Tell = Callable[[], Iterable[str]]


@dataclass
class Changes:
    """`kept`, `begun` and `left` name what is there now, what is perhaps half done, and what was not begun."""

    kept: list[Tell] = field(default_factory=list)
    begun: list[Tell] = field(default_factory=list)
    left: list[Tell] = field(default_factory=list)
    advice: str = ""


_listening: ContextVar[Changes | None] = ContextVar("changes", default=None)


@contextmanager
def listen_to_changes() -> Iterator[Changes]:
    """What services say within it."""
    changes = Changes()
    token = _listening.set(changes)
    try:
        yield changes
    finally:
        _listening.reset(token)


def tell_kept(tell: Tell) -> None:
    """`tell` names what stands, whatever comes next; nothing while it does not."""
    if changes := _listening.get():
        changes.kept.append(tell)


def tell_left(tell: Tell, *, advice: str = "") -> None:
    """`tell` names what will not be done when the command ends now; `advice` says how to go on."""
    if changes := _listening.get():
        changes.left.append(tell)
        changes.advice = advice or changes.advice


@contextmanager
def under_way(name: str) -> Iterator[None]:
    """What is interrupted within it may be done or not."""
    changes = _listening.get() or Changes()

    def tell() -> list[str]:
        return [name]

    changes.begun.append(tell)
    yield
    changes.begun.remove(tell)


def one_by_one(items: Sequence[Item], named: Callable[[Item], str]) -> Iterator[Item]:
    """The items in turn: whoever interrupts is told which one it was, and which come after it."""
    position = 0

    def left() -> list[str]:
        return [named(item) for item in items[position:]]

    tell_left(left, advice="Run the command again: it goes on with the rest.")
    for item in items:
        position += 1
        with under_way(named(item)):
            yield item
