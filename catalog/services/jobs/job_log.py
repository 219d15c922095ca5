"""The lines of a job's log: the newest ones, each with its time."""

from collections.abc import Sequence

from django.utils import timezone

MOST_LINES = 200
LONGEST = 500

Line = list[str]


def line(text: str) -> Line:
    """The time and the text, in one line that a page and a terminal can show."""
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return [timezone.now().isoformat(timespec="seconds"), printable.strip()[:LONGEST]]


def with_line(log: Sequence[Line], text: str) -> list[Line]:
    return [*log, line(text)][-MOST_LINES:]
