"""What Arrow says of a file that can't be read, in one line of ours."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pyarrow as pa

from catalog.exceptions import InvalidData

UNREADABLE = "\ufffd"
EMPTY = "Empty CSV"
EMPTY_ADVICE = "It is blank, or `skip_rows`, `skip_footer` or `comment` leave out all of it."


@contextmanager
def reading_errors(name: str, advise: Callable[[str], str] = lambda problem: "") -> Iterator[None]:
    """Arrow's errors about the file `name`, as InvalidData in one line, and what to `advise` about it."""
    try:
        yield
    except (pa.ArrowException, OSError, EOFError, UnicodeDecodeError) as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        if EMPTY in lines[0]:
            raise InvalidData(f"{name} has no line that names the columns. {EMPTY_ADVICE}") from error
        hint = advise(lines[0])
        if "UTF8" in lines[0] or "utf-8" in lines[0]:
            hint = " Save it as UTF-8."
        elif "straddl" in lines[0]:
            hint = " A row is longer than a mebibyte, or a quote is not closed."
        problem = lines[0][:300]
        if UNREADABLE in problem:  # cells in another encoding than Arrow's
            problem = problem[: problem.index(UNREADABLE)].rpartition(": ")[0]
        raise InvalidData(f"{name} can't be read: {problem}.{hint}") from error
