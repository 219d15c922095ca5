"""Columns that can be read in two ways, and what to say so that one holds."""

import re
import shlex
from collections.abc import Sequence

from catalog.exceptions import InvalidData
from catalog.ml.tables.dialects.dialect import date_words
from catalog.ml.tables.profiling.column_inference import Question
from catalog.ml.tables.reading import TableFile

SHOWN = 8
SPECIAL = r"[\s'\"$`\\;&|<>()*?#!~]"


def check_answered(questions: Sequence[Question], table: str) -> None:
    """Raises InvalidData for columns of which nobody can tell what their cells mean."""
    asked = [question for question in questions if question.must_ask]
    if asked:
        first = asked[0]
        alike = [question for question in asked if question.readings == first.readings]
        columns = _columns(alike)
        raise InvalidData(f"{table}: {columns[0].lower()}{columns[1:]} {ask(first)}")


def ask(question: Question, *, column: str = "") -> str:
    """What is not clear, and what to say, of all columns or of this one."""
    first, second = question.readings
    start = f"{column}=" if column else ""
    if first.date:
        meaning = f"{date_words(first.date)} or {date_words(second.date)}"
        return (
            f"may be dates by {meaning}, as {question.example!r}, and no row tells. Say which: `date_format` "
            f"{as_typed(start + first.date)} or `date_format` {as_typed(start + second.date)}."
        )
    mark = first.decimal
    return (
        f"may be numbers with decimals or in groups of thousands, as {question.example!r}, and no row tells. Say "
        f"which: `decimal` {as_typed(start + mark)} or `thousands` {as_typed(start + mark)}."
    )


def as_typed(text: str) -> str:
    """As a shell takes it."""
    return shlex.quote(text) if re.search(SPECIAL, text) else text


def question_notes(questions: Sequence[Question], table: TableFile) -> list[str]:
    """How columns were read that people should look at: not those of plain CSV."""
    alike = [question for question in questions if not question.must_ask]
    if not alike or (table.is_csv and table.dialect.delimiter == ","):
        return []
    example = alike[0].example
    read = f"{_columns(alike)}: {example!r} and the others were read with a decimal point, as {float(example)}."
    return [f"{read} If it groups thousands, say so: `thousands` ."]


def _columns(questions: Sequence[Question]) -> str:
    names = [repr(question.column) for question in questions[:SHOWN]]
    more = f" and {len(questions) - SHOWN:,} more" if len(questions) > SHOWN else ""
    return f"Column {names[0]}" if len(questions) == 1 else f"Columns {', '.join(names)}{more}"
