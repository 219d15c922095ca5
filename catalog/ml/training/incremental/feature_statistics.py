"""Preprocessing learned from batches, by scikit-learn's own transformers.

Only training rows count. Means and scales are exact (StandardScaler.partial_fit, which passes over missing values); a
missing number becomes the mean. Of a text the most frequent categories get a column each, and all others, also those
that come later, share the row of zeros; missing is a category like another.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from catalog.ml.features import Feature
from catalog.ml.training.incremental.batches import Batch
from catalog.ml.training.incremental.category_counts import CategoryCounts
from catalog.ml.training.preprocessing import scaled_columns


class FeatureStatistics:
    """Means, scales and categories of the features in the training rows seen so far."""

    def __init__(self, features: Sequence[Feature]) -> None:
        self.features = features
        # One a column: a scaler of several forgets a column that has no value in its first batch.
        self.scalers = {feature.name: StandardScaler() for feature in features if not feature.is_category}
        self.counts = {feature.name: CategoryCounts() for feature in features if feature.is_category}

    def add(self, batch: Batch) -> None:
        frame = batch.frame.iloc[batch.training_rows]
        for name, scaler in self.scalers.items():
            values = frame[name].dropna().to_numpy()
            if len(values):
                scaler.partial_fit(values.reshape(-1, 1))
        for name, counts in self.counts.items():
            counts.add(frame[name])

    @property
    def learnable(self) -> list[Feature]:
        """The features with a value to learn from; of a text, with a category that is not rare."""
        return [feature for feature in self.features if self._is_learnable(feature)]

    def _is_learnable(self, feature: Feature) -> bool:
        if feature.is_category:
            return bool(set(self.counts[feature.name].frequent) - {None})
        return hasattr(self.scalers[feature.name], "mean_")

    @property
    def features_with_categories(self) -> tuple[Feature, ...]:
        """The features with the categories that were seen, for the signature."""
        return tuple(
            Feature(feature.name, feature.type, self.counts[feature.name].categories if feature.is_category else None)
            for feature in self.features
        )

    def make_transformer(self, *, sparse: bool) -> ColumnTransformer:
        """Of the learnable features, fitted: a plain ColumnTransformer of the steps that it has elsewhere too.

        It is fitted on one row, of means and frequent categories, which gives the imputer its means; the encoder gets
        its categories, and the scaler is replaced by the one that saw all rows.
        """
        learnable = [feature.name for feature in self.learnable]
        means = {name: scaler.mean_ for name, scaler in self.scalers.items() if name in learnable}
        frequent = {
            name: [np.nan if category is None else category for category in counts.frequent]
            for name, counts in self.counts.items()
            if name in learnable
        }
        imputed = make_pipeline(SimpleImputer(strategy="mean"), StandardScaler())
        one_hot = OneHotEncoder(categories=list(frequent.values()), handle_unknown="ignore", sparse_output=sparse)
        row = means | {name: pd.Categorical(categories[:1]) for name, categories in frequent.items()}
        frame = pd.DataFrame({name: row[name] for name in learnable})
        made = scaled_columns(imputed, list(means), one_hot, list(frequent), sparse=sparse).fit(frame)
        if means:
            steps = made.named_transformers_["numbers"].steps
            steps[-1] = (steps[-1][0], _join_scalers([self.scalers[name] for name in means]))
        return made


def _join_scalers(scalers: list[StandardScaler]) -> StandardScaler:
    """One fitted scaler of the columns of several."""
    made = StandardScaler()
    made.n_features_in_ = len(scalers)
    made.n_samples_seen_ = np.array([scaler.n_samples_seen_ for scaler in scalers])
    for name in ("mean_", "var_", "scale_"):
        setattr(made, name, np.concatenate([getattr(scaler, name) for scaler in scalers]))
    return made
