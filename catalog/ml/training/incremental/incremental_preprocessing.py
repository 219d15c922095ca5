"""Preprocessing learned from windows, by scikit-learn's own transformers.

Only rows that are learned from count. Means and scales are exact (StandardScaler.partial_fit, which passes over missing
values); a missing number becomes the mean. Of a text the most frequent levels get a column each, and all others, also
those that come later, share the row of zeros; missing is a level like another.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from catalog.ml.features import RECORDED_CATEGORIES, Feature
from catalog.ml.training.incremental.batches import Window
from catalog.ml.training.preprocessing import ONE_HOT_LEVELS, RARE_BELOW_ROWS, scaled_columns

Level = str | None


class LevelCounts:
    """How many rows each level of a text has, None being missing: exact up to RECORDED_CATEGORIES levels.

    Beyond, the summary of Misra and Gries (1982, "Finding repeated elements"; merged by batches as in Agarwal et al.
    2012, "Mergeable summaries"): it keeps every level that more than one in RECORDED_CATEGORIES rows has, and counts
    at most that share of the rows too few.
    """

    def __init__(self) -> None:
        self.counts: Counter[Level] = Counter()
        self.holds_all = True

    def add(self, values: pd.Series) -> None:
        found = np.bincount(values.cat.codes.to_numpy() + 1, minlength=len(values.cat.categories) + 1)
        names: list[Level] = [None, *values.cat.categories]
        for position in np.flatnonzero(found):
            self.counts[names[position]] += int(found[position])
        if len(self.counts) > RECORDED_CATEGORIES:
            self.holds_all = False
            least = sorted(self.counts.values(), reverse=True)[RECORDED_CATEGORIES]
            self.counts = Counter({level: count - least for level, count in self.counts.items() if count > least})

    @property
    def levels(self) -> tuple[str, ...] | None:
        """All levels but the missing one, sorted; None when they were too many to keep."""
        return tuple(sorted(level for level in self.counts if level is not None)) if self.holds_all else None

    @property
    def frequent(self) -> list[Level]:
        """The levels that get a column each, sorted, the missing one last."""
        often = [(-count, level or "", level) for level, count in self.counts.items() if count >= RARE_BELOW_ROWS]
        kept = [level for _, _, level in sorted(often, key=lambda each: each[:2])[:ONE_HOT_LEVELS]]
        return sorted(kept, key=lambda level: (level is None, level or ""))


class StreamedColumns:
    """What has been seen of the features in the rows that are learned from."""

    def __init__(self, features: Sequence[Feature]) -> None:
        self.features = features
        # One a column: a scaler of several forgets a column that has no value in its first batch.
        self.scalers = {feature.name: StandardScaler() for feature in features if not feature.is_category}
        self.levels = {feature.name: LevelCounts() for feature in features if feature.is_category}

    def add(self, window: Window) -> None:
        frame = window.frame.iloc[window.to_learn]
        for name, scaler in self.scalers.items():
            values = frame[name].dropna().to_numpy()
            if len(values):
                scaler.partial_fit(values.reshape(-1, 1))
        for name, levels in self.levels.items():
            levels.add(frame[name])

    @property
    def learnable(self) -> list[Feature]:
        """The features with a value to learn from; of a text, with a level that is not rare."""
        return [
            feature
            for feature in self.features
            if (
                set(self.levels[feature.name].frequent) - {None}
                if feature.is_category
                else hasattr(self.scalers[feature.name], "mean_")
            )
        ]

    def described(self, features: Sequence[Feature]) -> tuple[Feature, ...]:
        """The features with the levels that were seen, for the signature."""
        return tuple(
            Feature(each.name, each.type, self.levels[each.name].levels if each.is_category else None)
            for each in features
        )

    def transformer(self, *, sparse: bool) -> ColumnTransformer:
        """Of the learnable features, fitted: a plain ColumnTransformer of the steps that it has elsewhere too.

        It is fitted on one row, of means and frequent levels, which gives the imputer its means; the encoder is told
        its levels, and the scaler is replaced by the one that saw all rows.
        """
        learnable = [feature.name for feature in self.learnable]
        means = {name: scaler.mean_ for name, scaler in self.scalers.items() if name in learnable}
        frequent = {
            name: [np.nan if level is None else level for level in levels.frequent]
            for name, levels in self.levels.items()
            if name in learnable
        }
        imputed = make_pipeline(SimpleImputer(strategy="mean"), StandardScaler())
        one_hot = OneHotEncoder(categories=list(frequent.values()), handle_unknown="ignore", sparse_output=sparse)
        row = means | {name: pd.Categorical(levels[:1]) for name, levels in frequent.items()}
        ordered = pd.DataFrame({name: row[name] for name in learnable})
        made = scaled_columns(imputed, list(means), one_hot, list(frequent), sparse=sparse).fit(ordered)
        if means:
            steps = made.named_transformers_["numbers"].steps
            steps[-1] = (steps[-1][0], _joined([self.scalers[name] for name in means]))
        return made


def _joined(scalers: list[StandardScaler]) -> StandardScaler:
    """One fitted scaler of the columns of several."""
    made = StandardScaler()
    made.n_features_in_ = len(scalers)
    made.n_samples_seen_ = np.array([scaler.n_samples_seen_ for scaler in scalers])
    for name in ("mean_", "var_", "scale_"):
        setattr(made, name, np.concatenate([getattr(scaler, name) for scaler in scalers]))
    return made
