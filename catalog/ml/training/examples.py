"""The steps of a training on a table in memory: prepare, split, fit, evaluate. Plain functions without the catalog."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from catalog.exceptions import CatalogError, TrainingFailed
from catalog.ml.features import Feature, find_infinity, to_frame
from catalog.ml.labels import check_weights, plain_label, read_targets
from catalog.ml.signature import Output, Signature
from catalog.ml.tables.conversion.missing import MissingWords
from catalog.ml.tables.reading import TableFile
from catalog.ml.tables.schema import ARROW_TYPES, ColumnType
from catalog.ml.training.split_rules import SplitRule, split_values

NO_OTHERS: Mapping[str, ColumnType] = MappingProxyType({})
# LightGBM says so and does not ignore it: findings/lightgbm-categorical-feature-warning.sh.
UNTRUE = "categorical_feature keyword has been found in `params` and will be ignored."


@dataclass(frozen=True)
class Examples:
    """Features and target of the rows that have a target, of shape (n_rows,) or (n_rows, n_targets), what they are
    split by if that is a column, and how much they weigh if a column says so."""

    frame: pd.DataFrame
    target: np.ndarray
    missing_target: int
    split_by: np.ndarray | None = None
    weights: np.ndarray | None = None


def read_examples(
    table: TableFile,
    features: Sequence[Feature],
    target: str,
    target_type: ColumnType,
    task: str,
    on_bytes: Any = None,
    *,
    rule: SplitRule | None = None,
    weight: str = "",
    others: Mapping[str, ColumnType] = NO_OTHERS,
) -> Examples:
    """Read the columns and leave out, and count, the rows without a target; without one it is 0 in all rows. `others`
    are further targets. Raises InvalidData."""
    types = {feature.name: feature.read_type for feature in features}
    if not target:
        rows = pa.Table.from_batches(list(table.batches(types, on_bytes=on_bytes)), pa.schema(list(types.items())))
        return Examples(to_frame(rows, features), np.zeros(rows.num_rows), 0)
    types |= {name: ARROW_TYPES[kind] for name, kind in {target: target_type, **others}.items()}
    column = rule.column if rule else ""
    if column:
        types.setdefault(column, ARROW_TYPES[ColumnType(rule.column_type if rule else "")])
    if weight:
        types |= {weight: ARROW_TYPES[ColumnType.NUMBER]}
    schema = pa.schema(list(types.items()))
    rows = pa.Table.from_batches(list(table.batches(types, on_bytes=on_bytes)), schema)
    is_known, values = read_targets(rows, [target, *others], task)
    known = rows.filter(pa.array(is_known))
    split_by = split_values(known.column(column)) if column else None
    return Examples(
        frame=to_frame(known, features),
        target=values,
        missing_target=rows.num_rows - known.num_rows,
        split_by=split_by,
        weights=check_weights(known.column(weight), weight) if weight else None,
    )


def select_learnable(frame: pd.DataFrame, features: Sequence[Feature], minimum: int = 1) -> list[Feature]:
    """The features that have at least `minimum` values in the training rows; the others can't be learned from."""
    return [feature for feature in features if _count_values(frame[feature.name], feature) >= minimum]


def _count_values(values: pd.Series, feature: Feature) -> int:
    return int((values != "").sum() if feature.is_text else values.count())


def count_categories(frame: pd.DataFrame, features: Sequence[Feature]) -> dict[str, int]:
    return {feature.name: int(frame[feature.name].nunique()) for feature in features if feature.is_category}


def make_output(name: str, kind: ColumnType, classes: np.ndarray | None) -> Output:
    """A column that is predicted, with its labels as JSON has them; None for regression."""
    return Output(name, kind, None if classes is None else tuple(plain_label(label) for label in classes))


def make_signature(
    features: Sequence[Feature],
    *,
    target: str,
    target_type: ColumnType,
    task: str,
    classes: np.ndarray | None,
    missing: MissingWords | None = None,
    others: Sequence[Output] = (),
) -> Signature:
    """What a fitted estimator takes and gives; the features carry the categories that it has seen."""
    return Signature(
        features=tuple(features),
        target=target,
        target_type=target_type,
        task=task,
        classes=make_output(target, target_type, classes).classes,
        missing=missing or MissingWords(),
        others=tuple(others),
    )


@contextmanager
def estimator_errors(name: str, heard: list[str]) -> Iterator[None]:
    """What the estimator raises becomes TrainingFailed in one line; its warnings go into `heard`, once each."""
    try:
        with warnings.catch_warnings(record=True) as recorded:
            warnings.simplefilter("always")
            yield
    except CatalogError:
        raise
    except Exception as error:  # estimators raise whatever their authors chose
        lines = str(error).strip().splitlines() or [""]
        raise TrainingFailed(f"{name} could not be trained: {type(error).__name__}: {lines[0][:400]}") from error
    for warning in recorded:
        text = " ".join(str(warning.message).split())[:400]
        if text not in heard and not text.startswith(UNTRUE):
            heard.append(text)


@contextmanager
def naming_infinity(frame: pd.DataFrame) -> Iterator[None]:
    """When the estimator refuses the rows, and a column of theirs holds infinity, the error names it."""
    try:
        yield
    except TrainingFailed as error:
        if infinite := find_infinity(frame):
            raise TrainingFailed(f"{str(error).rstrip('.')}. Column {infinite[0]!r} holds infinity.") from error
        raise
