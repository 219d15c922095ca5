"""How a file that is to be predicted writes its numbers and dates: found in it, whatever the training data were."""

from collections.abc import Mapping, Sequence

from catalog.ml.features import Feature
from catalog.ml.tables.dialects.dialect import PLAIN, CellFormat
from catalog.ml.tables.profiling.column_inference import Question, settle_formats
from catalog.ml.tables.profiling.inference import infer_columns
from catalog.ml.tables.profiling.questions import check_answered, question_notes
from catalog.ml.tables.reading import TableFile
from catalog.ml.tables.schema import ColumnType


def must_look(table: TableFile, features: Sequence[Feature], learned: Mapping[str, CellFormat]) -> bool:
    """Whether its cells may mean another thing than they do in plain CSV though all of them fit."""
    return table.is_csv and (table.dialect.delimiter != "," or any(feature.name in learned for feature in features))


def find_formats(
    table: TableFile, features: Sequence[Feature], learned: Mapping[str, CellFormat]
) -> tuple[TableFile, list[str]]:
    """The table with the ways in which its columns are written, by all of its rows; and what people should look at.

    `learned` are those of the training data: where nothing tells the two apart in this file, and they differ, it is
    asked for. Raises InvalidData.
    """
    typed = {feature.name: feature for feature in features if not feature.is_category}
    names = [name for name in typed if name in table.column_names]
    columns = infer_columns(table, names, table.options.request.formats)
    formats, questions = settle_formats(columns)
    asked = [_asked(question, typed[name], learned) for name, question in questions.items()]
    check_answered(asked, table.name)
    for name, column in columns.items():
        if column.type is ColumnType.STRING and column.lost_format != PLAIN:
            formats[name] = column.lost_format  # so that the cell is named which is not written as those before it
    found = table.with_formats(formats)
    return found, question_notes(asked, found.dialect)


def _asked(question: Question, feature: Feature, learned: Mapping[str, CellFormat]) -> Question:
    """1.234 is no fraction for certain where the training data had whole numbers, or groups, or decimal commas."""
    before = learned.get(feature.name, PLAIN)
    is_doubtful = feature.type is ColumnType.INTEGER or bool(before.thousands) or before.decimal != PLAIN.decimal
    return Question(question.column, question.example, question.readings, question.must_ask or is_doubtful)
