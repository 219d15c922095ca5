"""All rows of a table predicted: in one process, and in each worker of a cluster."""

import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.exceptions import InvalidData
from catalog.ml.tables.file_formats import FileFormat
from catalog.ml.tables.read_options import ReadOptions
from catalog.ml.tables.reading import TableFile, open_table
from catalog.models import ModelVersion
from catalog.progress import Progress
from catalog.services.datasets.reading_request import ReadingRequest

if TYPE_CHECKING:
    from catalog.ml.prediction.scorer import Scorer, ScoreSummary


def open_new_table(
    path: Path,
    name: str,
    reading: ReadingRequest,
    *,
    address: str = "",
    partitions: Mapping[str, str | None] | None = None,
    row_groups: tuple[int, ...] = (),
) -> TableFile:
    """As `open_table`; `partitions` are columns of folders in which the file lay before it was copied. Raises
    InvalidData; InvalidRequest for a dialect of what is no text."""
    options = replace(reading.options, partitions=partitions or {})
    table = open_table(path, name, options, address=address, row_groups=row_groups)
    reading.check_columns(options, table.column_names)
    if not table.is_csv:
        reading.check_no_dialect(name)
        reading.check_texts(table)
    return table


def learned_options(version: ModelVersion) -> ReadOptions | None:
    """How the training data was read, which an uploaded version need not say."""
    dataset = version.dataset_version
    return ReadOptions.from_json(dataset.read_options) if dataset else None


def score_table(
    scorer: "Scorer",
    table: TableFile,
    result: Path,
    output_format: FileFormat,
    learned: ReadOptions | None = None,
    progress: Progress | None = None,
) -> "ScoreSummary":
    """Write the predictions of all rows of the table to `result`. `learned` is how the training data was read.

    The texts of a new file are read as those of plain CSV until a cell does not fit: then all rows are looked at for
    how numbers and dates are written. Raises InvalidData.
    """
    from catalog.ml.prediction.input_dialect import find_formats, may_look, must_look

    features, progress = scorer.signature.features, progress or Progress()
    written = dict(learned.dialect.formats) if learned and learned.dialect else {}
    if not table.is_new:
        return _score(scorer, table, result, output_format, progress)
    scorer.check(table)
    table = table.with_missing(scorer.signature.missing)
    if not may_look(table, features):
        return _score(scorer, table, result, output_format, progress)
    if not must_look(table, features, written):
        try:
            return _score(scorer, table, result, output_format, progress)
        except InvalidData:
            found, doubts = find_formats(table, features, written)
            if not found.dialect.formats:
                raise
    else:
        found, doubts = find_formats(table, features, written)
    summary = _score(scorer, found, result, output_format, progress)
    summary.doubts = doubts
    return summary


def _score(
    scorer: "Scorer", table: TableFile, result: Path, output_format: FileFormat, progress: Progress
) -> "ScoreSummary":
    with warnings.catch_warnings():
        # An uploaded estimator may have been fitted without names; its signature gives the columns their order.
        warnings.filterwarnings("ignore", message="X has feature names, but")
        summary = scorer.score_file(table, result, output_format, on_bytes=progress.advance)
    summary.dialect = table.dialect
    return summary
