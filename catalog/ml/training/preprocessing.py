"""Preprocessing that fits the kind of estimator, from scikit-learn's own transformers alone."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler, TargetEncoder

from catalog.ml.features import Feature
from catalog.ml.tables.schema import ColumnType

# Histogram trees have 255 bins beside the one for missing values, so they take so many categories natively.
NATIVE_CATEGORIES = 255
# Target encoding makes a column a class; past this many classes rare categories are grouped instead.
TARGET_ENCODED_CLASSES = 10
# One-hot columns of a feature: the most frequent categories, and the rest as one.
ONE_HOT_CATEGORIES = 50
# Words of a column of free text: as columns that are mostly zeros, or for estimators that take no sparse matrix.
SPARSE_WORDS, DENSE_WORDS = 20_000, 200
RARE_BELOW_ROWS = 5


class Preparation(Enum):
    """HISTOGRAM: native categories and missing values. TREES: the same without native categories.
    SCALED: impute, scale, one-hot. DENSE: as SCALED, for estimators that take no sparse matrix."""

    HISTOGRAM = auto()
    TREES = auto()
    SCALED = auto()
    DENSE = auto()


@dataclass(frozen=True)
class Prepared:
    """The transformer, and which of its output columns hold categories as codes. `outputs` are the features that its
    columns are made of, in their order; empty where they depend on the rows."""

    transformer: ColumnTransformer
    categorical_positions: list[int]
    outputs: list[str]


def make_preprocessor(
    preparation: Preparation,
    *,
    features: Sequence[Feature],
    cardinality: Mapping[str, int],
    n_classes: int | None,
    random_state: int,
    as_categories: Collection[str] = (),
) -> Prepared:
    """An unfitted transformer of frames of the features. `cardinality` counts each text feature's categories;
    `as_categories` are numbers that are coded as texts are, where texts are coded."""
    texts = [feature.name for feature in features if feature.is_category]
    free = [feature.name for feature in features if feature.is_text]
    numbers = [feature.name for feature in features if feature.type is not ColumnType.STRING]
    if preparation in {Preparation.SCALED, Preparation.DENSE}:
        return Prepared(_scaled(numbers, texts, free, sparse=preparation is Preparation.SCALED), [], [])
    numbers = [name for name in numbers if name not in as_categories]
    many = [name for name in texts if cardinality[name] > NATIVE_CATEGORIES]
    target_encoded = many if n_classes is not None and n_classes <= TARGET_ENCODED_CLASSES else []
    coded = [name for name in texts if name not in target_encoded] + sorted(as_categories)
    steps = [
        ("codes", _codes(missing=np.nan if preparation is Preparation.HISTOGRAM else -2), coded),
        ("target_means", _target_means(n_classes or 0, random_state), target_encoded),
        ("numbers", "passthrough", numbers),
        *_words(free, DENSE_WORDS),
    ]
    means = [name for name in target_encoded for _ in range(n_classes if n_classes and n_classes > 2 else 1)]
    # How many words there are hangs on the rows.
    outputs = [] if free else [*coded, *means, *numbers]
    return Prepared(_columns(steps, sparse_threshold=0.0), list(range(len(coded))), outputs)


def _columns(steps: Sequence[tuple[str, Any, Sequence[str]]], **options: Any) -> ColumnTransformer:
    return ColumnTransformer([step for step in steps if step[2]], verbose_feature_names_out=False, **options)


def _words(free: list[str], most: int) -> list[tuple[str, Any, str]]:
    """A step for each column of free text: the weights of its most frequent words."""
    return [
        (f"words_{at}", TfidfVectorizer(max_features=most, sublinear_tf=True), name) for at, name in enumerate(free)
    ]


def _codes(missing: float) -> OrdinalEncoder:
    """Categories as numbers, the rare past NATIVE_CATEGORIES as one; unseen categories as missing (or -1)."""
    unknown = missing if np.isnan(missing) else -1
    return OrdinalEncoder(
        handle_unknown="use_encoded_value",
        unknown_value=unknown,
        encoded_missing_value=missing,
        max_categories=NATIVE_CATEGORIES,
    )


def _target_means(n_classes: int, random_state: int) -> TargetEncoder:
    kind = {0: "continuous", 2: "binary"}.get(n_classes, "multiclass")
    splitter = KFold if n_classes == 0 else StratifiedKFold
    return TargetEncoder(target_type=kind, cv=splitter(n_splits=5, shuffle=True, random_state=random_state))


def _scaled(numbers: list[str], texts: list[str], free: list[str], *, sparse: bool) -> ColumnTransformer:
    one_hot = OneHotEncoder(
        handle_unknown="infrequent_if_exist",
        min_frequency=RARE_BELOW_ROWS,
        max_categories=ONE_HOT_CATEGORIES,
        sparse_output=sparse,
    )
    imputed = make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler())
    words = _words(free, SPARSE_WORDS if sparse else DENSE_WORDS)
    return scaled_columns(imputed, numbers, one_hot, texts, words, sparse=sparse)


def scaled_columns(
    imputed: Pipeline,
    numbers: list[str],
    one_hot: OneHotEncoder,
    texts: list[str],
    words: Sequence[tuple[str, Any, str]] = (),
    *,
    sparse: bool,
) -> ColumnTransformer:
    steps = [("numbers", imputed, numbers), ("one_hot", one_hot, texts), *words]
    return _columns(steps, sparse_threshold=0.3 if sparse else 0.0)
