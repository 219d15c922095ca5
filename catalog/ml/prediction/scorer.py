"""Predicting a file: typed batches in, predictions out, in memory that does not grow with the rows."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from catalog.exceptions import InvalidData, InvalidRequest
from catalog.ml.labels import label_text
from catalog.ml.prediction.batch_size import SAMPLE_ROWS, batch_rows
from catalog.ml.prediction.id_columns import check_id_column, copy_column
from catalog.ml.prediction.predictor import Predictor
from catalog.ml.prediction.refusals import refused_rows
from catalog.ml.signature import Converted, Signature
from catalog.ml.tables.conversion.cell_errors import Origin
from catalog.ml.tables.conversion.written_cells import cast_written
from catalog.ml.tables.dialects.dialect import Dialect
from catalog.ml.tables.file_formats import FileFormat
from catalog.ml.tables.files.csv_reading import Batches, OnBytes, Types
from catalog.ml.tables.reading import TableFile
from catalog.ml.tables.rebatching import rebatch
from catalog.ml.tables.writing import TableWriter

NO_PROBABILITIES = "`with_probabilities`: several columns are predicted, without probabilities."


@dataclass
class ScoreSummary:
    """`unseen_categories` counts, per text feature, the cells whose category did not occur in training; `dialect` is
    how the text was read, and `doubts` what people should look at in it."""

    rows: int = 0
    unseen_categories: Counter[str] = field(default_factory=Counter)
    dialect: Dialect = field(default_factory=Dialect)
    doubts: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Scorer:
    """A fitted estimator that predicts files.

    Parameters
    ----------
    estimator : estimator
        Has `predict`, and `predict_proba` when probabilities are asked for.
    signature : Signature
        What the estimator is given.
    id_columns : sequence of str, default=()
        Columns of the input that are copied to the output, as they are written there.
    with_probabilities : bool, default=False
        Whether a column `probability_<class>` is written for every class.
    trained_with : mapping, default={}
        The versions of libraries by name that the estimator was trained with, to be named when it fails.
    escapes_formulas : bool, default=False
        Whether texts that a spreadsheet would compute get a single quote before them. For CSV alone.

    Raises
    ------
    InvalidRequest, InvalidData
        By `check` and `score_file`, for a table that can't be predicted as asked.
    """

    estimator: Any
    signature: Signature
    id_columns: Sequence[str] = ()
    with_probabilities: bool = False
    trained_with: Mapping[str, str] = field(default_factory=dict)
    escapes_formulas: bool = False

    def check(self, table: TableFile) -> None:
        """Raises InvalidData or InvalidRequest when `table` can't be scored as asked."""
        table.require({feature.name: None for feature in self.signature.features})
        table.require(dict.fromkeys(self.id_columns))
        for name in self.id_columns:
            if kind := table.stored_type(name):
                check_id_column(name, kind, table.name)
        if self.with_probabilities and self.signature.others:
            raise InvalidRequest(NO_PROBABILITIES)
        if self.with_probabilities and not hasattr(self.estimator, "predict_proba"):
            raise InvalidRequest(
                "`with_probabilities`: this estimator gives no probabilities. Train one that has predict_proba."
            )
        taken = set(self.output_names) & set(self.id_columns)
        if taken:
            raise InvalidRequest(f"`id_columns` {taken.pop()}: the output has a column of that name already.")

    @cached_property
    def _predictor(self) -> Predictor:
        return Predictor(self.estimator)

    @property
    def _methods(self) -> list[str]:
        return ["predict", "predict_proba"] if self.with_probabilities else ["predict"]

    @property
    def output_names(self) -> list[str]:
        classes = self.estimator.classes_ if self.with_probabilities else ()
        return [*self.signature.prediction_names, *(f"probability_{label_text(label)}" for label in classes)]

    def extra_columns(self, table: TableFile) -> list[str]:
        """Columns that are not used, in the file's order."""
        used = {feature.name for feature in self.signature.features} | set(self.id_columns)
        return [name for name in table.column_names if name not in used]

    def score_file(
        self, table: TableFile, target: Path, file_format: FileFormat, *, on_bytes: OnBytes | None = None
    ) -> ScoreSummary:
        """Write the predictions of all rows, in order, to `target`. Raises InvalidData."""
        self.check(table)
        table = table.with_missing(self.signature.missing)
        summary, is_csv = ScoreSummary(), file_format is not FileFormat.PARQUET
        types: dict[str, pa.DataType | None] = {**self.signature.read_types, **dict.fromkeys(self.id_columns)}
        written = TableWriter(target, file_format, escapes_formulas=self.escapes_formulas)
        with written as writer, closing(self._batches(table, types, on_bytes)) as batches:
            first = next(batches, None)
            if first is not None:
                for rows in rebatch(chain([first], batches), self.batch_rows(first, table)):
                    ids = self._copy_ids(rows, table, summary.rows, is_csv)
                    writer.write(self._predict(rows, table, summary, ids))
        if not summary.rows:
            raise InvalidData(f"{table.name} has no rows to predict.")
        return summary

    def _batches(self, table: TableFile, types: Types, on_bytes: OnBytes | None) -> Batches:
        """Batches that have rows."""
        with closing(table.prefetch_batches(types, on_bytes=on_bytes)) as batches:
            yield from (batch for batch in batches if batch.num_rows)

    def batch_rows(self, batch: pa.RecordBatch, table: TableFile) -> int:
        """The rows that the estimator is given at a time, by some of what it will be given."""
        sample = pa.Table.from_batches([batch.slice(0, SAMPLE_ROWS)])
        return batch_rows(self._predictor, self._convert(sample, table, 0).frame)

    def _convert(self, rows: pa.Table, table: TableFile, first_row: int) -> Converted:
        """The features; an identifier among them was read as it is written, and gets its type here."""
        columns = {name: rows.column(name) for name in self.signature.read_types}
        for name, kind in self.signature.read_types.items():
            if name in self.id_columns:
                written, origin = rows.column(name).combine_chunks(), Origin(table.name, name, first_row)
                form = table.dialect.formats.get(name)
                typed = cast_written(written, kind, form, origin=origin, missing=table.missing)
                columns[name] = pa.chunked_array([typed])
        return self.signature.to_frame(pa.table(columns))

    def _predict(
        self, rows: pa.Table, table: TableFile, summary: ScoreSummary, ids: Sequence[pa.ChunkedArray]
    ) -> pa.Table:
        converted = self._convert(rows, table, summary.rows)
        summary.unseen_categories += converted.unseen_categories
        try:
            predicted, *probabilities = self._predictor.ask(converted.frame, *self._methods)
            tables = [np.atleast_2d(predicted.T).T, *probabilities]
            columns = [pa.array(column) for table in tables for column in table.T]
        except Exception as error:  # estimators raise whatever their authors chose
            told = refused_rows(converted.frame, error, before=summary.rows, trained_with=self.trained_with)
            raise InvalidData(told) from error
        summary.rows += rows.num_rows
        return pa.table([*ids, *columns], names=[*self.id_columns, *self.output_names])

    def _copy_ids(self, rows: pa.Table, table: TableFile, first_row: int, is_csv: bool) -> list[pa.ChunkedArray]:
        return [
            copy_column(rows.column(name), Origin(table.name, name, first_row), is_csv=is_csv)
            for name in self.id_columns
        ]
