"""Predicting a file: typed batches in, predictions out, in memory that does not grow with the rows."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from catalog.exceptions import InvalidData, InvalidRequest
from catalog.ml.artifacts.environment import installed_versions, list_versions
from catalog.ml.features import Signature, to_frame
from catalog.ml.labels import label_text
from catalog.ml.prediction.batch_size import SAMPLE_ROWS, batch_rows
from catalog.ml.prediction.predictor import Predictor
from catalog.ml.tables.casting import from_text
from catalog.ml.tables.file_formats import FileFormat
from catalog.ml.tables.reading import Batches, OnBytes, TableFile, Types, rebatch
from catalog.ml.tables.writing import TableWriter


@dataclass
class ScoreSummary:
    """`unseen_categories` counts, per text feature, the cells whose category did not occur in training."""

    rows: int = 0
    unseen_categories: Counter[str] = field(default_factory=Counter)


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

    def check(self, table: TableFile) -> None:
        """Raises InvalidData or InvalidRequest when `table` can't be scored as asked."""
        table.require({feature.name: None for feature in self.signature.features})
        table.require(dict.fromkeys(self.id_columns))
        if self.with_probabilities and not hasattr(self.estimator, "predict_proba"):
            raise InvalidRequest(
                "`with_probabilities`: this estimator gives no probabilities. Train one that has predict_proba."
            )
        taken = set(self.output_names) & set(self.id_columns)
        if taken:
            raise InvalidRequest(f"`id_columns` {taken.pop()}: the output has a column of that name already.")

    @cached_property
    def _known_categories(self) -> dict[str, pa.StringArray]:
        """The categories that a text feature had in training, by its name, where they were few enough to record."""
        return {
            feature.name: pa.array(feature.categories, pa.string())
            for feature in self.signature.features
            if feature.is_category and feature.categories is not None
        }

    @cached_property
    def _predictor(self) -> Predictor:
        return Predictor(self.estimator)

    @property
    def _methods(self) -> list[str]:
        return ["predict", "predict_proba"] if self.with_probabilities else ["predict"]

    @property
    def output_names(self) -> list[str]:
        classes = self.estimator.classes_ if self.with_probabilities else ()
        return ["prediction", *(f"probability_{label_text(label)}" for label in classes)]

    def extra_columns(self, table: TableFile) -> list[str]:
        """Columns that are not used, in the file's order."""
        used = {feature.name for feature in self.signature.features} | set(self.id_columns)
        return [name for name in table.column_names if name not in used]

    def score_file(
        self, table: TableFile, target: Path, file_format: FileFormat, *, on_bytes: OnBytes | None = None
    ) -> ScoreSummary:
        """Write the predictions of all rows, in order, to `target`. Raises InvalidData."""
        self.check(table)
        summary = ScoreSummary()
        types: dict[str, pa.DataType | None] = {feature.name: feature.read_type for feature in self.signature.features}
        types |= dict.fromkeys(self.id_columns)
        with TableWriter(target, file_format) as writer, closing(self._batches(table, types, on_bytes)) as batches:
            first = next(batches, None)
            if first is not None:
                for rows in rebatch(chain([first], batches), self.batch_rows(first, table)):
                    writer.write(self._predict(rows, table, summary))
        if not summary.rows:
            raise InvalidData(f"{table.name} has no rows to predict.")
        return summary

    def _batches(self, table: TableFile, types: Types, on_bytes: OnBytes | None) -> Batches:
        """Batches that have rows."""
        with closing(table.prefetch_batches(types, on_bytes=on_bytes)) as batches:
            yield from (batch for batch in batches if batch.num_rows)

    def batch_rows(self, batch: pa.RecordBatch, table: TableFile) -> int:
        """The rows that the estimator is given at a time, by some of what it will be given."""
        sample = self._inputs(pa.Table.from_batches([batch.slice(0, SAMPLE_ROWS)]), table, 0)
        return batch_rows(self._predictor, to_frame(sample, self.signature.features))

    def _inputs(self, rows: pa.Table, table: TableFile, first_row: int) -> pa.Table:
        """The features; an identifier among them was read as it is written, and gets its type here."""
        columns = {feature.name: rows.column(feature.name) for feature in self.signature.features}
        for feature in self.signature.features:
            if feature.name in self.id_columns:
                written = rows.column(feature.name).combine_chunks()
                typed = from_text(
                    written, feature.read_type, source=table.name, column=feature.name, first_row=first_row
                )
                columns[feature.name] = pa.chunked_array([typed])
        return pa.table(columns)

    def _predict(self, rows: pa.Table, table: TableFile, summary: ScoreSummary) -> pa.Table:
        inputs = self._inputs(rows, table, summary.rows)
        frame = to_frame(inputs, self.signature.features)
        for name, known in self._known_categories.items():
            unseen = sum(_count_unseen(chunk, known) for chunk in inputs.column(name).chunks)
            if unseen:
                summary.unseen_categories[name] += unseen
        try:
            predicted, *probabilities = self._predictor.ask(frame, *self._methods)
            columns = [pa.array(predicted), *(pa.array(column) for table in probabilities for column in table.T)]
        except Exception as error:  # estimators raise whatever their authors chose
            first, last = summary.rows + 1, summary.rows + rows.num_rows
            raise InvalidData(f"The estimator refuses rows {first} to {last}: {self._explain(error)}") from error
        summary.rows += rows.num_rows
        ids = [rows.column(name) for name in self.id_columns]
        return pa.table([*ids, *columns], names=[*self.id_columns, *self.output_names])

    def _explain(self, error: Exception) -> str:
        """What it says, in one line, and with which versions it was trained and runs: they may be why."""
        lines = str(error).strip().splitlines() or [""]
        kind = "" if type(error) is ValueError else f"{type(error).__name__}: "
        if not self.trained_with:
            return f"{kind}{lines[0][:300]}"
        running = installed_versions(self.trained_with)
        return (
            f"{kind}{lines[0][:300]} Trained with {list_versions(self.trained_with)}; running {list_versions(running)}."
        )


def _count_unseen(values: pa.DictionaryArray, known: pa.StringArray) -> int:
    unseen = pc.invert(pc.is_in(values.dictionary, value_set=known))
    if not pc.any(unseen).as_py():
        return 0
    return int(pc.sum(unseen.take(values.indices.drop_null())).as_py() or 0)
