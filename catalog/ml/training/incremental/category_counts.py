"""How often each category of a text occurs, counted batch by batch in bounded memory."""

from collections import Counter

import numpy as np
import pandas as pd

from catalog.ml.features import RECORDED_CATEGORIES
from catalog.ml.training.preprocessing import ONE_HOT_CATEGORIES, RARE_BELOW_ROWS

Category = str | None


class CategoryCounts:
    """How many rows each category of a text has, None being missing: exact up to RECORDED_CATEGORIES categories.

    Beyond, the summary of Misra and Gries (1982, "Finding repeated elements"; merged by batches as in Agarwal et al.
    2012, "Mergeable summaries"): it keeps every category that more than one in RECORDED_CATEGORIES rows has, and counts
    at most that share of the rows too few.
    """

    def __init__(self) -> None:
        self.counts: Counter[Category] = Counter()
        self.holds_all = True

    def add(self, values: pd.Series) -> None:
        occurrences = np.bincount(values.cat.codes.to_numpy() + 1, minlength=len(values.cat.categories) + 1)
        names: list[Category] = [None, *values.cat.categories]
        for position in np.flatnonzero(occurrences):
            self.counts[names[position]] += int(occurrences[position])
        if len(self.counts) > RECORDED_CATEGORIES:
            self.holds_all = False
            least = sorted(self.counts.values(), reverse=True)[RECORDED_CATEGORIES]
            self.counts = Counter({name: count - least for name, count in self.counts.items() if count > least})

    @property
    def categories(self) -> tuple[str, ...] | None:
        """All categories but the missing one, sorted; None when they were too many to keep."""
        return tuple(sorted(name for name in self.counts if name is not None)) if self.holds_all else None

    @property
    def frequent(self) -> list[Category]:
        """The categories that get a column each, sorted, the missing one last."""
        often = [(-count, name or "", name) for name, count in self.counts.items() if count >= RARE_BELOW_ROWS]
        kept = [name for _, _, name in sorted(often, key=lambda entry: entry[:2])[:ONE_HOT_CATEGORIES]]
        return sorted(kept, key=lambda name: (name is None, name or ""))
