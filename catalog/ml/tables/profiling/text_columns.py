"""Text columns of files whose columns have types: read as numbers or dates where people say so, and nowhere else."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.ml.tables.dialects.dialect import PLAIN, CellFormat, GivenFormats
from catalog.ml.tables.profiling.column_inference import NUMBERS, TIMES, ColumnInference, Question, settle_formats
from catalog.ml.tables.profiling.inference import infer_columns
from catalog.ml.tables.reading import TableFile
from catalog.ml.tables.schema import ColumnType

Types = Mapping[str, ColumnType]


@dataclass(frozen=True)
class TextReading:
    """The types of all columns of a table, how those are written that are texts in the file, and what of that is a
    question."""

    types: dict[str, ColumnType]
    formats: dict[str, CellFormat]
    questions: list[Question]


def find_asked(table: TableFile, types: Types, overrides: Types, given: GivenFormats) -> list[str]:
    """The columns of texts to which people gave a type (`overrides`), or said how they are written (`given`)."""
    return [name for name in types if table.holds_texts(name) and _is_asked(name, overrides.get(name), given)]


def read_texts(
    table: TableFile,
    asked: Sequence[str],
    types: Types,
    overrides: Types,
    given: GivenFormats,
    *,
    on_bytes: Callable[[int], Any] | None = None,
) -> TextReading:
    """What all rows tell of the columns that find_asked() gave. `types` are those in the file. Raises InvalidData."""
    if not asked:
        return TextReading({**types, **overrides}, {}, [])
    texts = [name for name in types if table.holds_texts(name)]
    columns = infer_columns(table, texts, given, on_bytes=on_bytes)  # all: one tells what a point means in another
    formats, questions = settle_formats(columns)
    meant = [name for name in asked if name in overrides or _is_meant(columns[name], formats.get(name, PLAIN), given)]
    return TextReading(
        {**types, **{name: columns[name].type or ColumnType.STRING for name in meant}, **overrides},
        fit_formats(
            {name: formats[name] for name in meant if name in formats},
            {name: columns[name].lost_format for name in meant},
            overrides,
        ),
        [questions[name] for name in meant if name in questions],
    )


def _is_asked(column: str, override: ColumnType | None, given: GivenFormats) -> bool:
    if override is not None:
        return override is not ColumnType.STRING
    return bool(given.date_format(column) or any(given.marks(column).values()))


def _is_meant(column: ColumnInference, written: CellFormat, given: GivenFormats) -> bool:
    """Whether the column is one of those of which it was said how they are written; of whole numbers, all columns may
    be."""
    if column.name in given.columns or written.date:
        return True
    decimal, thousands = column.marks["decimal"], column.marks["thousands"]
    has_decimals = decimal in column.numbers.decimals | column.numbers.doubtful
    has_groups = bool(written.thousands) and (thousands == written.thousands or decimal == written.decimal)
    return has_decimals or has_groups


def fit_formats(
    formats: Mapping[str, CellFormat], lost: Mapping[str, CellFormat], overrides: Types
) -> dict[str, CellFormat]:
    """How columns are written, but for those to which people gave a type that is not written so. Where they gave one
    that not all rows have, it is as the first rows are (`lost`): so the cell is named that is not."""
    known = {**{name: lost[name] for name in overrides if lost.get(name, PLAIN) != PLAIN}, **formats}
    return {
        name: written
        for name, written in known.items()
        if name not in overrides or overrides[name] in (TIMES if written.date else NUMBERS)
    }
