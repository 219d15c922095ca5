from collections import Counter

import pandas as pd
import pytest

from catalog.ml.training.incremental import category_counts
from catalog.ml.training.incremental.category_counts import CategoryCounts


def test_the_most_frequent_categories_get_the_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(category_counts, "ONE_HOT_CATEGORIES", 2)
    counts = CategoryCounts()
    counts.counts = Counter({"b": 9, "a": 30, None: 20, "c": 8})
    assert counts.frequent == ["a", None]


def test_of_too_many_categories_the_frequent_ones_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(category_counts, "RECORDED_CATEGORIES", 20)
    counts = CategoryCounts()
    for batch in range(50):
        once = [f"{batch} {row}" for row in range(10)]
        counts.add(pd.Series(["often"] * 20 + ["half as often"] * 10 + once, dtype="category"))
    assert len(counts.counts) <= 20
    assert (counts.frequent[:2], counts.categories) == (["half as often", "often"], None)
    # At most one in 20 of the 2,000 rows is missing from a count.
    assert 900 <= counts.counts["often"] <= 1000
