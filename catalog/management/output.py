"""Standard output that can't be written: told once, by the command, and not again by Python at its end."""

import codecs
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from catalog.exceptions import CatalogError

# As shells report what SIGPIPE has ended: whoever read the output has seen enough, and no line says so.
ENDED_BY_PIPE = 141


class OutputLost(CatalogError):
    """What should have been printed could not be; what the command did stands."""


@contextmanager
def writing() -> Iterator[None]:
    """Within it standard output is written. Raises OutputLost; ends the process silently when nobody reads on."""
    try:
        yield
        sys.stdout.flush()
    except OSError as error:
        discard_output()
        if isinstance(error, BrokenPipeError):
            sys.exit(ENDED_BY_PIPE)
        problem = f"Standard output can't be written ({error.strerror})."
        raise OutputLost(f"{problem} What the command did before stands.") from error


def end_where_nobody_reads() -> None:
    """After a pipe broke: end the process silently if it was that of standard output."""
    poll = select.poll()
    poll.register(sys.stdout.fileno(), select.POLLERR)
    if any(event & select.POLLERR for _, event in poll.poll(0)):
        discard_output()
        sys.exit(ENDED_BY_PIPE)


def settle_output() -> None:
    """After an error: write what is still held back, or discard it."""
    try:
        sys.stdout.flush()
    except OSError:
        discard_output()


def discard_output() -> None:
    """Python flushes standard output at its end: what is left goes nowhere, and does not fail once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def writes_unicode(stream: Any) -> bool:
    """Whether every text can be written to the stream as it is."""
    encoding = getattr(stream, "encoding", None)
    return encoding is None or codecs.lookup(encoding).name.startswith("utf")
