from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from catalog.exceptions import InvalidData
from catalog.ml.features import Feature
from catalog.ml.tables.reading import TableFile
from catalog.ml.tables.schema import ColumnType
from catalog.ml.training.incremental import batches
from catalog.ml.training.incremental.batches import ExampleColumns, read_batches
from catalog.ml.training.incremental.table_statistics import TableStatistics
from catalog.ml.training.incremental.target_statistics import ClassTarget, NumberTarget

OpenParquet = Callable[[pd.DataFrame], TableFile]


@pytest.fixture
def look_at(open_parquet: OpenParquet) -> Callable[..., TableStatistics]:
    """What is seen of 3,000 rows of a number, with this target."""

    def look(target: np.ndarray, kind: ColumnType, feature: np.ndarray | None = None) -> TableStatistics:
        task = "classification" if kind is ColumnType.STRING else "regression"
        columns = ExampleColumns([Feature("x", ColumnType.NUMBER)], "y", kind, task, test_size=0.2, random_state=0)
        values = np.arange(len(target)) * 1.0 if feature is None else feature
        seen = TableStatistics(columns)
        for batch in read_batches(open_parquet(pd.DataFrame({"x": values, "y": target})), columns):
            seen.add(batch)
        return seen

    return look


def labels(*counts: int) -> np.ndarray:
    return np.repeat(np.array(["a", "b", "c"][: len(counts)], dtype=object), counts)


def test_the_variance_of_batches_is_that_of_the_whole() -> None:
    values, target = np.random.default_rng(0).normal(1e6, 1.0, 10_000), NumberTarget()
    for batch in np.array_split(values, 13):
        target.add(batch)
    assert target.mean == pytest.approx(values.mean())
    assert target.whole / target.rows == pytest.approx(values.var())


@pytest.mark.parametrize("target", [NumberTarget(), ClassTarget()])
def test_a_target_is_mixed_when_its_batches_are_like_the_whole(target: NumberTarget | ClassTarget) -> None:
    for _ in range(10):
        target.add(np.arange(100) % 2)
    assert target.mixed == pytest.approx(1.0)


@pytest.mark.parametrize("target", [NumberTarget(), ClassTarget()])
def test_a_sorted_target_is_not_mixed(target: NumberTarget | ClassTarget) -> None:
    for batch in range(10):
        target.add(np.full(100, batch // 5))
    assert target.mixed == pytest.approx(0.0)


def test_a_sorted_file_is_warned_of(look_at: Callable[..., TableStatistics], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "BATCH_ROWS", 1000)
    (warning,) = look_at(labels(1500, 1500), ColumnType.STRING).warnings()
    assert warning.startswith(
        "The rows are sorted by the target, or nearly: among 1,000 that follow one another it varies"
    )


def test_classes_are_all_labels_in_order(look_at: Callable[..., TableStatistics]) -> None:
    classes = look_at(labels(10, 20, 70)[::-1], ColumnType.STRING).classes
    assert classes is not None
    assert list(classes) == ["a", "b", "c"]


def test_a_class_that_is_held_out_alone_is_refused(look_at: Callable[..., TableStatistics]) -> None:
    tried = (look_at(labels(50, rows, 1), ColumnType.STRING) for rows in range(100, 130))
    seen = next(seen for seen in tried if seen.held_out_target.counts["c"])
    with pytest.raises(InvalidData, match="All rows of the class 'c' of 'y' are among those held out"):
        seen.check()


def test_rows_that_are_all_equal_are_refused(look_at: Callable[..., TableStatistics]) -> None:
    seen = look_at(np.ones(50), ColumnType.NUMBER, np.ones(50))
    with pytest.raises(InvalidData, match=r"Of 50 rows 0 would be held out: equal rows stay together"):
        seen.check()


def test_few_different_rows_are_warned_of(look_at: Callable[..., TableStatistics]) -> None:
    (warning,) = look_at(np.arange(3000) % 2, ColumnType.NUMBER, np.arange(3000) % 3 * 1.0).warnings()
    assert warning.endswith("held out rather than about 600: equal rows stay together, and few differ.")


def test_a_baseline_knows_how_often_each_class_occurs(look_at: Callable[..., TableStatistics]) -> None:
    values, weights = look_at(labels(100, 400), ColumnType.STRING).typical_target
    assert list(values) == ["a", "b"]
    assert weights[1] / weights.sum() == pytest.approx(0.8, abs=0.03)
