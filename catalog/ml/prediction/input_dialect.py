"""How a table that is to be predicted writes its numbers and dates: found in it, whatever the training data were."""

from collections.abc import Mapping, Sequence

from catalog.ml.features import Feature
from catalog.ml.tables.dialects.dialect import HALF_DAYS, PLAIN, CellFormat, GivenFormats
from catalog.ml.tables.profiling.column_inference import ColumnInference, Question, settle_formats
from catalog.ml.tables.profiling.inference import infer_columns
from catalog.ml.tables.profiling.questions import check_answered, question_notes
from catalog.ml.tables.reading import TableFile
from catalog.ml.tables.schema import ColumnType


def may_look(table: TableFile, features: Sequence[Feature]) -> bool:
    """Whether there are texts to look at. Some row groups don't tell how a file is written: only what is said holds."""
    is_all = not table.row_groups or table.options.request.formats != GivenFormats()
    return is_all and bool(_written_features(table, features))


def must_look(table: TableFile, features: Sequence[Feature], learned: Mapping[str, CellFormat]) -> bool:
    """Whether its cells may mean another thing than they do in plain CSV though all of them fit."""
    names = _written_features(table, features)
    is_said = table.options.request.formats != GivenFormats()
    return bool(names) and (is_said or table.dialect.delimiter != "," or not learned.keys().isdisjoint(names))


def _written_features(table: TableFile, features: Sequence[Feature]) -> dict[str, Feature]:
    """The numbers and dates that are texts in the file, as all are in CSV."""
    return {
        feature.name: feature
        for feature in features
        if feature.type is not ColumnType.STRING and table.holds_texts(feature.name)
    }


def find_formats(
    table: TableFile, features: Sequence[Feature], learned: Mapping[str, CellFormat]
) -> tuple[TableFile, list[str]]:
    """The table with the ways in which its columns are written, by all of its rows; and what people should look at.

    `learned` are those of the training data: where nothing tells the two apart in this file, and they differ, it is
    asked for. Raises InvalidData.
    """
    written, given = _written_features(table, features), table.options.request.formats
    columns = infer_columns(table, written, given)
    formats, questions = settle_formats(columns)
    asked = [_asked(question, written[name], learned) for name, question in questions.items()]
    check_answered(asked, table.name)
    for name, column in columns.items():
        if column.type is ColumnType.STRING and (expected := _expected(column, given)) != PLAIN:
            formats[name] = expected  # so that the cell is named which is not written so
    found = table.with_formats(formats)
    return found, question_notes(asked, found)


def _expected(column: ColumnInference, given: GivenFormats) -> CellFormat:
    """How a column is written by what people said, or by its first rows."""
    if date := given.date_format(column.name):
        return CellFormat(date=date.removesuffix(HALF_DAYS))
    if any(column.marks.values()):
        return CellFormat(column.marks["decimal"] or PLAIN.decimal, column.marks["thousands"])
    return column.lost_format


def _asked(question: Question, feature: Feature, learned: Mapping[str, CellFormat]) -> Question:
    """1.234 is no fraction for certain where the training data had whole numbers, or groups, or decimal commas."""
    before = learned.get(feature.name, PLAIN)
    is_doubtful = feature.type is ColumnType.INTEGER or bool(before.thousands) or before.decimal != PLAIN.decimal
    return Question(question.column, question.example, question.readings, question.must_ask or is_doubtful)
