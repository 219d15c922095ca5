"""Standard output that can't be written: told once, by the command, and not again by Python at its end."""

import codecs
import ctypes
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import IO, Any

from catalog.exceptions import CatalogError

# As shells report what SIGPIPE has ended: whoever read the output has seen enough, and no line says so.
ENDED_BY_PIPE = 141
STDOUT, STDERR = 1, 2


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


@contextmanager
def prints_aside() -> Iterator[IO[bytes]]:
    """Within it whatever is printed on standard output goes to standard error: estimators print, some of them from C.

    Gives standard output itself, for what belongs there.
    """
    sys.stdout.flush()
    own: IO[bytes] = sys.stdout.buffer
    try:
        kept = os.dup(STDOUT)
    except OSError:  # it is closed
        with redirect_stdout(sys.stderr):
            yield own
        return
    try:
        os.dup2(STDERR, STDOUT)
        with redirect_stdout(sys.stderr), os.fdopen(kept, "wb", closefd=False) as output:
            yield output if _has_number(own) else own
    finally:
        _flush_c()
        os.dup2(kept, STDOUT)
        os.close(kept)


def _has_number(stream: IO[bytes]) -> bool:
    """Whether it is a file of the process, and not one that a test holds in memory."""
    try:
        return stream.fileno() >= 0
    except OSError:
        return False


def _flush_c() -> None:
    """Write what C holds back of its own standard output, which Python does not know of."""
    ctypes.CDLL(None).fflush(None)


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


def size_text(size_bytes: int) -> str:
    """For people, as 1.2 MB."""
    from django.template.defaultfilters import filesizeformat

    return filesizeformat(size_bytes).replace("\xa0", " ")
