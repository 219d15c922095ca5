"""Which rows of a table a version was trained on and which were held out, found again by the rule that it records.

Rows are named by their positions in the table, from 0, in ascending order: int64 of shape (n_rows,).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa

from catalog.ml.evaluation.held_out import HeldOut
from catalog.ml.evaluation.metrics import predict_held_out
from catalog.ml.labels import check_weights, read_targets
from catalog.ml.signature import Signature
from catalog.ml.tables.reading import TableFile
from catalog.ml.tables.rebatching import rebatch
from catalog.ml.tables.schema import ARROW_TYPES, ColumnType
from catalog.ml.training.incremental.batches import ExampleColumns, read_batches
from catalog.ml.training.split_rules import SplitKind, SplitRule, split_positions, split_values

BATCH_ROWS = 50_000


@dataclass(frozen=True)
class RowSelection:
    """Positions of the rows with a target that a rule makes training rows and held-out rows."""

    training: np.ndarray
    held_out: np.ndarray


def target_types(signature: Signature) -> dict[str, pa.DataType]:
    """The Arrow type that each target is read with, by its name."""
    return {output.name: ARROW_TYPES[output.type] for output in signature.outputs}


def read_target(table: TableFile, signature: Signature) -> tuple[np.ndarray, np.ndarray]:
    """The positions of the rows that have a target, and their targets, in columns where there are several."""
    types = target_types(signature)
    batches = table.with_missing(signature.missing).batches(types)
    rows = pa.Table.from_batches(list(batches), pa.schema(list(types.items())))
    known, targets = read_targets(rows, list(types), signature.task)
    return np.flatnonzero(known), targets


def select_rows(table: TableFile, signature: Signature, rule: SplitRule) -> RowSelection:
    """The table is what the version with this signature was trained on, by this rule, whose column is read with the
    type that it has as a feature, or as the rule records it. Raises InvalidData."""
    if rule.kind == SplitKind.HASH:
        return _select_by_hash(table, signature, rule)
    known, target = read_target(table, signature)
    by = _read_column(table.with_missing(signature.missing), rule)[known] if rule.column else None
    training, held_out = split_positions(target, rule, task=signature.task, by=by)
    return RowSelection(np.sort(known[training]), np.sort(known[held_out]))


def _read_column(table: TableFile, rule: SplitRule) -> np.ndarray:
    types = {rule.column: ARROW_TYPES[ColumnType(rule.column_type)]}
    values = pa.Table.from_batches(list(table.batches(types)), pa.schema(list(types.items())))
    return split_values(values.column(0))


def _select_by_hash(table: TableFile, signature: Signature, rule: SplitRule) -> RowSelection:
    columns = ExampleColumns(
        signature.features,
        signature.target,
        signature.target_type,
        signature.task,
        rule.test_size,
        rule.random_state,
    )
    known, _ = read_target(table, signature)
    shares = np.concatenate([batch.shares for batch in read_batches(table, columns)])
    return RowSelection(known[shares >= rule.test_size], known[shares < rule.test_size])


def row_digests(table: TableFile, signature: Signature, positions: np.ndarray) -> np.ndarray:
    """Of each row a uint64 of what it holds in the signature's features and target: equal rows have equal ones, in
    whichever file they stand."""
    digests = []
    for frame, target in _frames(table, signature, positions):
        of_features = pd.util.hash_pandas_object(frame[sorted(frame.columns)], index=False).to_numpy()
        of_target = np.zeros(len(target), dtype=np.uint64)
        for column in target.T if target.ndim > 1 else [target]:
            of_target = pd.util.hash_array(of_target ^ pd.util.hash_array(np.ascontiguousarray(column)))
        digests.append(of_features ^ of_target)
    return np.concatenate(digests) if digests else np.array([], dtype=np.uint64)


def choose_rows(positions: np.ndarray, most: int) -> np.ndarray:
    """A random part of the positions, always the same one; all where they are no more than `most`."""
    return np.sort(np.random.default_rng(0).permutation(positions)[:most])


def read_rows(table: TableFile, signature: Signature, positions: np.ndarray) -> tuple[pd.DataFrame, np.ndarray]:
    """The rows at these positions as the estimator is given them, of shape (n_rows, n_features), and their targets."""
    frames, targets = zip(*_frames(table, signature, positions), strict=True)
    return pd.concat(frames, ignore_index=True), np.concatenate(targets)


def predict_rows(estimator: object, table: TableFile, signature: Signature, positions: np.ndarray) -> HeldOut:
    """The rows at these positions, which all have a target, predicted in batches. Raises what the estimator raises."""
    parts = [
        predict_held_out(estimator, frame, target, task=signature.task)
        for frame, target in _frames(table, signature, positions)
    ]
    first, scores = parts[0], [part.scores for part in parts if part.scores is not None]
    truth = np.concatenate([part.truth for part in parts])
    is_known = first.classes is None or bool(np.isin(truth, first.classes).all())
    return replace(
        first,
        truth=truth,
        predicted=np.concatenate([part.predicted for part in parts]),
        scores=np.concatenate(scores) if scores and is_known else None,
    )


def read_values(table: TableFile, name: str, positions: np.ndarray) -> list[object]:
    """A column's values at the positions, as they are written."""
    values = pa.chunked_array([batch.column(0) for batch in table.batches({name: None})])
    taken: list[object] = values.take(pa.array(positions)).to_pylist()
    return taken


def read_weights(table: TableFile, name: str, positions: np.ndarray) -> np.ndarray:
    """A column of numbers at the positions, by which rows weigh. Raises InvalidData for what is no weight."""
    types = {name: ARROW_TYPES[ColumnType.NUMBER]}
    rows = pa.Table.from_batches(list(table.batches(types)), pa.schema(list(types.items())))
    return check_weights(rows.column(0).take(pa.array(positions)), name)


def _frames(table: TableFile, signature: Signature, positions: np.ndarray) -> Iterator[tuple[pd.DataFrame, np.ndarray]]:
    """Features and targets at the positions, in batches that are made one after another."""
    targets = target_types(signature)
    types: dict[str, pa.DataType | None] = {**signature.read_types, **targets}
    start = 0
    for rows in rebatch(table.with_missing(signature.missing).batches(types), BATCH_ROWS):
        low, high = np.searchsorted(positions, [start, start + rows.num_rows])
        if high > low:
            taken = rows.take(pa.array(positions[low:high] - start))
            _, target = read_targets(taken, list(targets), signature.task)
            yield signature.to_frame(taken).frame, target
        start += rows.num_rows
