"""Commands that are interrupted, by Ctrl-C or SIGTERM alike: what is half done is undone, and the rest is said."""

import signal
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any, NoReturn

from django.db import DatabaseError

from catalog.changes import Changes, Tell

SHOWN_NAMES = 20


class Terminated(KeyboardInterrupt):
    """SIGTERM, which by itself would end Python at once: with files left in TMPDIR, and nothing said."""


@contextmanager
def terminable() -> Iterator[None]:
    """Within it SIGTERM raises Terminated, unless the process has a way of its own to end."""
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _terminate(signum: int, frame: FrameType | None) -> NoReturn:
    raise Terminated("Interrupted by SIGTERM")


@dataclass(frozen=True)
class Interruption:
    """`kept`, `begun` and `left` are names, as of Changes. `may_change` says whether the command changes anything."""

    signum: signal.Signals
    kept: Sequence[str]
    begun: Sequence[str]
    left: Sequence[str]
    advice: str
    may_change: bool

    @classmethod
    def of(cls, error: KeyboardInterrupt, changes: Changes, *, may_change: bool) -> "Interruption":
        kept, begun, left = (_names(tells) for tells in (changes.kept, changes.begun, changes.left))
        signum = signal.SIGTERM if isinstance(error, Terminated) else signal.SIGINT
        return cls(signum, kept, begun, left, changes.advice, may_change)

    @property
    def exit_code(self) -> int:
        """As shells report what a signal has ended."""
        return 128 + self.signum

    @property
    def sentence(self) -> str:
        """One line."""
        if not self.kept and not self.begun:
            return "Interrupted: nothing was kept." if self.may_change else "Interrupted."
        return " ".join(["Interrupted.", *_parts(self.kept, self.begun, self.left, self.advice)])

    @property
    def values(self) -> dict[str, Any]:
        """For --json."""
        return {
            "interrupted": self.signum.name,
            "message": self.sentence,
            "done": self.kept,
            "perhaps_half_done": self.begun,
            "not_done": self.left,
        }


def describe_changes(changes: Changes) -> str:
    """What an error leaves done, half done and not done, behind a space; nothing where there is nothing to say."""
    kept, begun, left = (_names(tells) for tells in (changes.kept, changes.begun, changes.left))
    return "".join(f" {part}" for part in _parts(kept, begun, left, changes.advice)) if kept or begun else ""


def _parts(kept: Sequence[str], begun: Sequence[str], left: Sequence[str], advice: str) -> list[str]:
    told = {"Done": kept, "Perhaps half done": begun, "Not done": left}
    return [*(f"{what}: {_shown(names)}." for what, names in told.items() if names), *([advice] if advice else [])]


def _names(tells: Iterable[Tell]) -> list[str]:
    return list(dict.fromkeys(name for tell in tells for name in _asked(tell)))


def _asked(tell: Tell) -> list[str]:
    try:
        return list(tell())
    except DatabaseError:
        return ["what the database would tell, which does not answer"]


def _shown(names: Sequence[str]) -> str:
    more = len(names) - SHOWN_NAMES
    return ", ".join(names[:SHOWN_NAMES]) + (f" and {more:,} more" if more > 0 else "")
