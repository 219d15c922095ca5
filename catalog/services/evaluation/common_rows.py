"""The rows that versions are measured on: named by one of them or by a dataset, and learned from by none."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from catalog.exceptions import InvalidRequest
from catalog.ml.evaluation.row_selection import read_target, read_weights, row_digests, select_rows
from catalog.ml.signature import Signature
from catalog.ml.tables.reading import TableFile
from catalog.ml.training.split_rules import SplitKind, SplitRule
from catalog.models import DatasetVersion, ModelVersion
from catalog.progress import Progress
from catalog.services.datasets.opening import open_dataset_table

FEWEST_ROWS = 10


@dataclass(frozen=True)
class CommonRows:
    """`positions` in the table of `dataset_version`, ascending; `training_rows` says of each measured version, by its
    reference, how many of them it was trained on. `weights`, of shape (n_rows,), are those of the column `weighted_by`;
    None where all rows count alike."""

    dataset_version: DatasetVersion
    rows_of: str
    positions: np.ndarray
    training_rows: dict[str, int]
    weighted_by: str = ""
    weights: np.ndarray | None = None

    @property
    def sha256(self) -> str:
        """The rows' name: equal for equal rows of equal data."""
        return hashlib.sha256(self.dataset_version.sha256.encode() + self.positions.tobytes()).hexdigest()


def recorded_rule(version: ModelVersion) -> SplitRule:
    """By which its held-out rows are found again. Raises InvalidRequest where that was not recorded.

    Before rules were recorded, trainings in memory held out rows at random, and recorded how many.
    """
    report = version.report
    if "split" in report:
        return SplitRule.from_json(report["split"])
    if version.origin != ModelVersion.Origin.TRAINED or "epochs" in report or "rows" not in report:
        raise InvalidRequest(
            f"`like`: which rows {version.reference} was measured on is not recorded. Name a dataset version instead."
        )
    return SplitRule(SplitKind.RANDOM, report["rows"]["test"], version.random_state or 0)


def find_held_out_rows(
    version: ModelVersion, measured: Sequence[ModelVersion], *, include_training_rows: bool, progress: Progress
) -> CommonRows:
    """The held-out rows of `version`, without those that a measured one was trained on unless that is said."""
    rule, signature = recorded_rule(version), Signature.from_json(version.signature)
    if version.dataset_version is None:
        raise InvalidRequest(f"`like`: {version.reference} was not trained on a dataset of the catalog.")
    with open_dataset_table(version.dataset_version, progress) as table, progress.step("find the rows"):
        positions = select_rows(table, signature, rule).held_out
        return _without_training_rows(
            version.dataset_version, table, version.reference, positions, measured, include_training_rows, progress
        )


def find_dataset_rows(
    dataset_version: DatasetVersion,
    measured: Sequence[ModelVersion],
    *,
    include_training_rows: bool,
    progress: Progress,
) -> CommonRows:
    """All rows of the dataset version that have a target, without those that a measured version was trained on."""
    signature = Signature.from_json(measured[0].signature)
    with open_dataset_table(dataset_version, progress) as table, progress.step("find the rows"):
        table.require({output.name: None for output in signature.outputs})
        positions, _ = read_target(table, signature)
        return _without_training_rows(dataset_version, table, "", positions, measured, include_training_rows, progress)


def weigh_rows(rows: CommonRows, table: TableFile, column: str) -> CommonRows:
    """The same, weighed by the column, if one is named. Raises InvalidData for what is no weight."""
    if not column:
        return rows
    table.require({column: None})
    weights = read_weights(table, column, rows.positions)
    return replace(rows, weighted_by=column, weights=weights)


def _without_training_rows(
    dataset_version: DatasetVersion,
    table: TableFile,
    rows_of: str,
    positions: np.ndarray,
    measured: Sequence[ModelVersion],
    include: bool,
    progress: Progress,
) -> CommonRows:
    seen = {
        version.reference: _is_learned(version, dataset_version, table, positions, progress) for version in measured
    }
    learned = np.logical_or.reduce(list(seen.values()))
    kept = np.ones(len(positions), dtype=bool) if include else ~learned
    counts = {reference: int((own & kept).sum()) for reference, own in seen.items()}
    if kept.sum() < FEWEST_ROWS:
        names = " and ".join(reference for reference, own in seen.items() if own.any()) or "none"
        raise InvalidRequest(
            f"Too few rows: of {len(positions):,} with a target, {names} was trained on {int(learned.sum()):,}; at "
            f"least {FEWEST_ROWS} others are needed. Name another dataset version, or say `include_training_rows`."
        )
    return CommonRows(dataset_version, rows_of, positions[kept], counts)


def _is_learned(
    version: ModelVersion,
    dataset_version: DatasetVersion,
    table: TableFile,
    positions: np.ndarray,
    progress: Progress,
) -> np.ndarray:
    """Of each position whether the version was trained on that row, or on an equal one of another dataset version."""
    own = version.dataset_version
    if own is None:
        return np.zeros(len(positions), dtype=bool)
    signature = Signature.from_json(version.signature)
    try:
        rule = recorded_rule(version)
    except InvalidRequest:  # then any of its dataset's rows may have been one
        rule = None
    if own.pk == dataset_version.pk:
        if rule is None:
            return np.ones(len(positions), dtype=bool)
        return np.isin(positions, select_rows(table, signature, rule).training)
    with open_dataset_table(own, progress) as trained_on:
        training = (
            read_target(trained_on, signature)[0] if rule is None else select_rows(trained_on, signature, rule).training
        )
        known = row_digests(trained_on, signature, training)
    return np.isin(row_digests(table, signature, positions), known)
