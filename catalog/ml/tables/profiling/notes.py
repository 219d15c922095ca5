"""What people should know of how their table was read, one line each."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from catalog.ml.tables.dialects.dialect import Dialect
from catalog.ml.tables.profiling.doubts import Doubt

SHOWN = 8


def dialect_note(dialect: Dialect, example: str) -> list[str]:
    """How a text file is written that is not plain CSV."""
    words = dialect.words(example)
    return [f"Read as {', '.join(words)}."] if words else []


def end_note(*, is_whole: bool) -> list[str]:
    return [] if is_whole else ["Its last line has no end: if the file was cut, the last cell may be cut too."]


def index_note(columns: Sequence[str]) -> list[str]:
    if not columns:
        return []
    return [f"Not taken over, as they only number the rows: {_some(columns)}. To keep one, say its `column_types`."]


def partition_note(columns: Iterable[str]) -> list[str]:
    names = list(columns)
    return [f"Columns from the folders' names: {_some(names)}."] if names else []


def emptied_note(emptied: Mapping[str, Counter[str]]) -> list[str]:
    """The words other than the empty one that were read as missing values, with how many cells of which columns."""
    cells: Counter[str] = Counter()
    columns: dict[str, list[str]] = defaultdict(list)
    for column, words in emptied.items():
        for word, count in words.items():
            if word:
                cells[word] += count
                columns[word].append(column)
    if not cells:
        return []
    listed = "; ".join(f"{word!r} in {count:,} cells ({_some(columns[word])})" for word, count in cells.most_common())
    return [f"Read as missing values: {listed}. To choose the words that mean one: `missing`."]


def doubt_notes(doubts: Sequence[Doubt]) -> list[str]:
    lines = [doubt_note(doubt) for doubt in doubts[:SHOWN]]
    more = len(doubts) - SHOWN
    return [*lines, f"The same holds for {more:,} more columns."] if more > 0 else lines


def doubt_note(doubt: Doubt) -> str:
    """What is doubtful, and what to say about it."""
    column, value = doubt.column, doubt.value.strip()[:60]
    if doubt.alike == doubt.cells:
        return (
            f"{column!r} is text: all of its {doubt.cells:,} values look like {doubt.kind}, but no way of writing "
            f"fits all; the first that none fits with those before it is {doubt.value[:60]!r} in row {doubt.row:,}. "
            f"Write all in one way; if it is text, `column_types` {column}=string."
        )
    if doubt.is_number:
        advice = f"If it is a number too, write all in one way; if it is none: `missing` {value!r}"
    else:
        advice = f"If that means a missing value, say so: `missing` {value!r}"
    return (
        f"{column!r} is text, but {doubt.alike:,} of its {doubt.cells:,} values are {doubt.kind}; the first that is "
        f"not is {doubt.value[:60]!r} in row {doubt.row:,}. {advice}; if it is text, `column_types` {column}=string."
    )


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:SHOWN])
    return f"{shown} and {len(names) - SHOWN:,} more" if len(names) > SHOWN else shown
