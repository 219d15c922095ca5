"""How far a column moved between two profiles, of tables that moved by a known amount."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import jensenshannon

from catalog.ml.tables.profiling.description import describe_csv
from catalog.ml.tables.profiling.profile import profile_table
from catalog.ml.tables.profiling.profile_changes import ColumnChange, compare_profiles, jensen_shannon_distance
from catalog.ml.tables.reading import open_table

RANDOM = np.random.default_rng(17)
ROWS = 2_000


def profile_of(values: Any, folder: Path) -> dict[str, Any]:
    """Of a CSV file with this one column, as it is recorded."""
    path = folder / "one.csv"
    pd.DataFrame({"x": values, "other": range(len(values))}).to_csv(path, index=False)
    table = open_table(path, "one.csv")
    return profile_table(table, describe_csv(table).types).profile[0]


def change(before: Any, after: Any, folder: Path) -> ColumnChange:
    return compare_profiles(profile_of(before, folder), profile_of(after, folder))


@pytest.mark.parametrize("categories", [2, 5, 40])
def test_the_distance_is_scipys(categories: int) -> None:
    first, second = RANDOM.dirichlet(np.ones(categories)), RANDOM.dirichlet(np.full(categories, 0.2))
    assert jensen_shannon_distance(first.tolist(), second.tolist()) == pytest.approx(
        jensenshannon(first, second, base=2), abs=1e-12
    )


@pytest.mark.parametrize(
    "values",
    [
        RANDOM.normal(size=ROWS),
        RANDOM.integers(0, 5, ROWS),
        RANDOM.integers(0, 400, ROWS),
        RANDOM.choice(["a", "b", None], ROWS),
        [f"n{number}" for number in range(ROWS)],
        pd.date_range("2013-01-01", periods=ROWS, freq="h"),
        [7.5] * ROWS,
    ],
    ids=["numbers", "labels", "whole", "texts", "names", "times", "constant"],
)
def test_a_column_that_is_the_same_has_not_moved(values: Any, tmp_path: Path) -> None:
    same = change(values, values, tmp_path)
    assert (same.distance, same.came, same.went) == (pytest.approx(0, abs=1e-6), [], [])
    assert sum(share.after for share in same.shares) == pytest.approx(1 - same.missing[1])


@pytest.mark.parametrize("scale", [1.0, 1e-6, 1e9])
def test_numbers_that_moved_further_are_farther(tmp_path: Path, scale: float) -> None:
    start = RANDOM.normal(size=ROWS)
    moved = [change(scale * start, scale * (start + by), tmp_path).distance for by in (0, 0.2, 1, 3, 20)]
    assert moved == sorted(moved)
    assert (moved[1] > 0.05, moved[3] > 0.7, moved[4]) == (True, True, pytest.approx(1, abs=0.05))


def test_another_sample_of_the_same_numbers_has_hardly_moved(tmp_path: Path) -> None:
    for draw in (
        lambda: RANDOM.normal(size=ROWS),
        lambda: RANDOM.integers(0, 30, ROWS),
        lambda: RANDOM.exponential(size=ROWS),
    ):
        assert change(draw(), draw(), tmp_path).distance < 0.1


def test_one_value_far_away_hides_nothing(tmp_path: Path) -> None:
    start = RANDOM.normal(size=ROWS)
    assert change(start, np.append(start + 1, 1e12), tmp_path).distance > 0.3


def test_the_distance_of_numbers_is_near_that_of_all_rows(tmp_path: Path) -> None:
    before, after = RANDOM.normal(size=ROWS), RANDOM.normal(0.7, 1.5, ROWS)
    edges = [-np.inf, *np.quantile(before, (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)), np.inf]
    exact = jensenshannon(np.histogram(before, edges)[0], np.histogram(after, edges)[0], base=2)
    assert change(before, after, tmp_path).distance == pytest.approx(exact, abs=0.02)


def test_categories_that_came_and_went_are_named(tmp_path: Path) -> None:
    moved = change(["a"] * 50 + ["b"] * 50, ["a"] * 50 + ["c"] * 50, tmp_path)
    assert (moved.came, moved.went) == (["c"], ["b"])
    assert [(share.label, share.before, share.after) for share in moved.shares] == [
        ("a", 0.5, 0.5), ("c", 0, 0.5), ("b", 0.5, 0),
    ]  # fmt: skip
    assert moved.distance == pytest.approx(jensenshannon([1, 1, 0], [1, 0, 1], base=2))


def test_nothing_is_called_gone_that_a_profile_merely_does_not_name(tmp_path: Path) -> None:
    many = [f"n{number % 90}" for number in range(900)]
    moved = change([*many, "rare"], [*many, *["often"] * 300], tmp_path)
    assert (moved.came, moved.went) == ([], [])
    assert 0 < moved.distance < 1


def test_a_value_that_one_profile_does_not_name_is_among_the_others(tmp_path: Path) -> None:
    """The most frequent of many are named: whether `rare` was there before, nobody knows."""
    names = [f"n{at}" for at in range(200)]
    many = change([*names * 2, "rare"], [*names, *["rare"] * 200], tmp_path)
    (others,) = [share for share in many.shares if share.label == "others"]
    assert "rare" not in {share.label for share in many.shares}
    assert others.after > 0.5
    few = change(["a", "b"] * 50, ["a", "rare"] * 50, tmp_path)
    assert [(share.label, share.before, share.after) for share in few.shares] == [
        ("a", 0.5, 0.5), ("rare", 0, 0.5), ("b", 0.5, 0),
    ]  # fmt: skip


def test_missing_values_are_a_category(tmp_path: Path) -> None:
    start = RANDOM.normal(size=ROWS).round(3)
    half = np.where(np.arange(ROWS) % 2, start, np.nan)
    moved = change(start, half, tmp_path)
    assert moved.missing == (0, 0.5)
    assert moved.distance == pytest.approx(jensenshannon([1, 0], [1, 1], base=2), abs=0.03)


def test_dates_are_compared_by_their_histograms(tmp_path: Path) -> None:
    before, after = (pd.date_range(start, periods=300, freq="D").date for start in ("2013-01-01", "2013-06-01"))
    moved = change(before, after, tmp_path)
    assert 0.3 < moved.distance < 1
    assert moved.shares[0].label == "up to 2013-01-26 04:35"
    assert change(before, before, tmp_path).distance == pytest.approx(0, abs=1e-6)


def test_a_profile_from_before_dates_had_histograms_is_compared_all_the_same(tmp_path: Path) -> None:
    profile = profile_of(pd.date_range("2013-01-01", periods=300, freq="D").date, tmp_path)
    older = {name: value for name, value in profile.items() if name not in {"histogram", "quantiles"}}
    assert compare_profiles(older, profile).distance == pytest.approx(0, abs=1e-6)
