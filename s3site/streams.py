"""The three standard streams of a command, made fit to be used before anything is read or written."""

import io
import os
import sys

STANDARD_STREAMS = 3


def prepare_streams() -> None:
    """Called first in manage.py. Exits with one line where standard output is closed.

    A stream that is closed gives its number to the next file that is opened, as the database's, and what is printed
    would be written there: so each of the three is opened on nothing first. What a stream can't encode is replaced.
    """
    had_output = sys.stdout is not None
    descriptor = os.open(os.devnull, os.O_RDWR)
    while descriptor < STANDARD_STREAMS:
        descriptor = os.open(os.devnull, os.O_RDWR)
    os.close(descriptor)
    sys.stdin = sys.stdin or open(0, closefd=False)  # noqa: SIM115 - for as long as the process lives
    sys.stderr = sys.stderr or open(2, "w", closefd=False)  # noqa: SIM115 - so too
    if not had_output:
        sys.exit("Error: standard output is closed. Nothing was done. Send it somewhere, as > /dev/null.")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
