"""Columns that can be read in two ways, and what to say so that one holds."""

from collections.abc import Sequence

from catalog.exceptions import InvalidData
from catalog.ml.tables.dialects.dialect import Dialect, date_words
from catalog.ml.tables.profiling.column_inference import Question

SHOWN = 8


def check_answered(questions: Sequence[Question], table: str) -> None:
    """Raises InvalidData for columns of which nobody can tell what their cells mean."""
    asked = [question for question in questions if question.must_ask]
    if asked:
        first = asked[0]
        alike = [question for question in asked if question.readings == first.readings]
        columns = _columns(alike)
        raise InvalidData(f"{table}: {columns[0].lower()}{columns[1:]} {ask(first)}")


def ask(question: Question) -> str:
    """What is not clear, and what to say."""
    first, second = question.readings
    if first.date:
        meaning = f"{date_words(first.date)} or {date_words(second.date)}"
        return (
            f"may be dates by {meaning}, as {question.example!r}, and no row tells. Say which: `date_format` "
            f"{_shown(first.date)} or `date_format` {_shown(second.date)}."
        )
    mark = first.decimal
    return (
        f"may be numbers with decimals or in groups of thousands, as {question.example!r}, and no row tells. Say "
        f"which: `decimal` {mark} or `thousands` {mark}."
    )


def _shown(date: str) -> str:
    """As a shell takes it."""
    return f"'{date}'" if " " in date else date


def question_notes(questions: Sequence[Question], dialect: Dialect) -> list[str]:
    """How columns were read that people should look at: only where a file is not written as plain CSV."""
    alike = [question for question in questions if not question.must_ask]
    if not alike or dialect.delimiter == ",":
        return []
    example = alike[0].example
    read = f"{_columns(alike)}: {example!r} and the others were read with a decimal point, as {float(example)}."
    return [f"{read} If it groups thousands, say so: `thousands` ."]


def _columns(questions: Sequence[Question]) -> str:
    names = [repr(question.column) for question in questions[:SHOWN]]
    more = f" and {len(questions) - SHOWN:,} more" if len(questions) > SHOWN else ""
    return f"Column {names[0]}" if len(questions) == 1 else f"Columns {', '.join(names)}{more}"
