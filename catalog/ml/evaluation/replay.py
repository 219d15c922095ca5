"""Scoring again the few rows that were kept with a model when it was trained."""

import math
import warnings
from typing import Any

import numpy as np
import pandas as pd

from catalog.ml.features import Signature
from catalog.ml.labels import plain_label
from catalog.ml.prediction.predictor import Predictor

# Other processors and BLAS libraries add up in another order; a changed model differs by far more.
RELATIVE_TOLERANCE, ABSOLUTE_TOLERANCE = 1e-6, 1e-9


def unlike_predictions(estimator: Any, signature: dict[str, Any], sample: dict[str, Any]) -> str:
    """What is not as it was; empty when every row is predicted as `report.sample_predictions` recorded it."""
    frame, expected = sample_frame(signature, sample["inputs"]), sample["predictions"]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            predicted = [plain_label(value) for value in Predictor(estimator).ask(frame, "predict")[0]]
    except Exception as error:  # whatever an estimator raises: it may be anybody's code
        first = str(error).partition("\n")[0]
        return f"the estimator refuses its own sample: {type(error).__name__}: {first}"
    if len(predicted) != len(expected):
        return f"{len(predicted)} predictions for {len(expected)} sample rows"
    different = [row for row, value in enumerate(predicted) if not _same(value, expected[row])]
    if not different:
        return ""
    row = different[0]
    return (
        f"{len(different)} of {len(expected)} sample rows are predicted otherwise than in training: "
        f"row {row + 1} as {predicted[row]!r}, expected {expected[row]!r}"
    )


def sample_frame(signature: dict[str, Any], inputs: dict[str, list[Any]]) -> pd.DataFrame:
    """The sample as the estimator was given it, its columns in the signature's order, which PostgreSQL's JSON forgets:
    texts as a category, all else as float64."""
    columns = {
        feature.name: pd.Categorical(inputs[feature.name])
        if feature.is_category
        else np.asarray(inputs[feature.name], dtype=float)
        for feature in Signature.from_json(signature).features
    }
    return pd.DataFrame(columns)


def _same(found: Any, expected: Any) -> bool:
    if isinstance(found, float) and isinstance(expected, int | float):
        return math.isclose(found, expected, rel_tol=RELATIVE_TOLERANCE, abs_tol=ABSOLUTE_TOLERANCE)
    return bool(found == expected)
