"""What people should know of how their table was read, one line each."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import pyarrow as pa

from catalog.exceptions import counted
from catalog.ml.tables.dialects.dialect import PLAIN, Dialect
from catalog.ml.tables.dialects.layout import TOTAL
from catalog.ml.tables.files.column_names import UNNAMED
from catalog.ml.tables.profiling.doubts import DATES, AnyDoubt, KeptText, LastRow
from catalog.ml.tables.profiling.questions import as_typed, ask
from catalog.ml.tables.reading import TableFile
from catalog.ml.tables.schema import ColumnType

SHOWN = 8
UNNAMED_INDEX = "__index_level_"
LEAVE_OUT = "If it is no row of the table, leave out the last lines of the text or sheet: `skip_footer` 1"


def dialect_note(dialect: Dialect, example: str) -> list[str]:
    """How a text file is written that is not plain CSV."""
    words = dialect.words(example)
    start = "Read" if words and words[0].startswith("without ") else "Read as"
    return [f"{start} {', '.join(words)}."] if words else []


def width_note(names: Sequence[str]) -> list[str]:
    """Of a text with one column that may be several."""
    if len(names) != 1 or not re.search(r"\w\W+\w", names[0]):
        return []
    return [f"It has one column, {names[0][:60]!r}. If there are more, say what separates them: `delimiter`."]


def end_note(*, is_whole: bool) -> list[str]:
    return [] if is_whole else ["Its last line has no end: if the file was cut, the last cell may be cut too."]


def index_note(columns: Sequence[str]) -> list[str]:
    """Names that pandas did not make up say more than the number of a row."""
    numbers = [name for name in columns if name == UNNAMED or name.startswith(UNNAMED_INDEX)]
    named = [name for name in columns if name not in numbers]
    kinds = (("they only number the rows", numbers), ("they are the index of a DataFrame", named))
    return [
        f"Not taken over, as {why}: {_some(names)}. To keep one, say its `column_types`."
        for why, names in kinds
        if names
    ]


def blank_note(columns: Iterable[str]) -> list[str]:
    names = list(columns)
    return [f"Not taken over, as they have neither a name nor a value: {_some(names)}."] if names else []


def partition_note(columns: Iterable[str]) -> list[str]:
    names = list(columns)
    return [f"Columns from the folders' names: {_some(names)}."] if names else []


def narrow_note(table: TableFile, names: Iterable[str]) -> list[str]:
    """Of the columns that are floats of fewer than 64 bits, whose values in a text are others."""
    kinds = {name: table.stored_type(name) for name in names}
    narrow = [name for name, kind in kinds.items() if kind in {pa.float16(), pa.float32()}]
    if not narrow:
        return []
    read = f"Floats of less than 64 bits, read as they are: {_some(narrow)}."
    others = "A text of the same rows has other numbers (0.1, which is 0.10000000149011612 here)"
    return [f"{read} {others}: what learned from the one may predict the other otherwise."]


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
    listed = "; ".join(
        f"{word!r} in {counted(count, 'cell')} ({_some(columns[word])})" for word, count in cells.most_common()
    )
    return [f"Read as missing values: {listed}. To choose the words that mean one: `missing`."]


def doubt_notes(doubts: Sequence[AnyDoubt]) -> list[str]:
    lines = [doubt_note(doubt) for doubt in doubts[:SHOWN]]
    more = len(doubts) - SHOWN
    return [*lines, f"The same holds for {counted(more, 'more column')}."] if more > 0 else lines


def doubt_note(doubt: AnyDoubt) -> str:
    """What is doubtful, and what to say about it."""
    if isinstance(doubt, KeptText):
        return _kept_note(doubt)
    if isinstance(doubt, LastRow):
        return f"The last row begins with {doubt.value.strip()[:60]!r}. {LEAVE_OUT}."
    column, value = doubt.column, doubt.value.strip()[:60]
    if doubt.alike == doubt.cells:
        is_none = doubt.kind == DATES and len(set(re.findall(r"\d", value))) == 1  # as 0000-00-00
        nothing = f"if that means a missing value, say so: `missing` {value!r}; " if is_none else ""
        return (
            f"{column!r} is text: all of its {doubt.cells:,} values look like {doubt.kind}, but no way of writing "
            f"fits all; the first that none fits with those before it is {doubt.value[:60]!r} in row {doubt.row:,}. "
            f"Write all in one way; {nothing}if it is text, {_text_option(column)}."
        )
    if doubt.is_number:
        advice = f"If it is a number too, write all in one way; if it is none: `missing` {value!r}"
    else:
        advice = f"If that means a missing value, say so: `missing` {value!r}"
        advice = f"{LEAVE_OUT}. {advice}" if TOTAL.match(value) else advice
    return (
        f"{column!r} is text, but {doubt.alike:,} of its {doubt.cells:,} values are {doubt.kind}; the first that is "
        f"not is {doubt.value[:60]!r} in row {doubt.row:,}. {advice}; if it is text, {_text_option(column)}."
    )


KINDS = {
    ColumnType.INTEGER: "integers",
    ColumnType.NUMBER: "numbers",
    ColumnType.BOOLEAN: "true or false",
    ColumnType.DATE: "dates",
    ColumnType.TIMESTAMP: "times",
    ColumnType.TIMESTAMP_UTC: "times with a zone",
}


def _kept_note(kept: KeptText) -> str:
    """Of a text that would be read otherwise from a CSV file."""
    start = f"{kept.column!r} is text in the file, and is left so"
    if kept.question:
        return f"{start}: it {ask(kept.question, column=kept.column)}"
    written = f" ({kept.format.words.removeprefix('dates as ')})" if kept.format != PLAIN else ""
    return (
        f"{start}: in a CSV file its {counted(kept.cells, 'value')} would be {KINDS[kept.type]}{written}, the first "
        f"{kept.value[:60]!r} in row {kept.row:,}. To read them so: {_reading_option(kept)}; if it is text, "
        f"{_text_option(kept.column)}."
    )


def _reading_option(kept: KeptText) -> str:
    if kept.format.date:
        return f"`date_format` {as_typed(f'{kept.column}={kept.format.date}')}"
    if kept.format.decimal == ",":
        return f"`decimal` {as_typed(f'{kept.column}=,')}"
    return f"`column_types` {as_typed(f'{kept.column}={kept.type}')}"


def _text_option(column: str) -> str:
    return f"`column_types` {as_typed(f'{column}=string')}"


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:SHOWN])
    return f"{shown} and {len(names) - SHOWN:,} more" if len(names) > SHOWN else shown
