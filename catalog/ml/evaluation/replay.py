"""Scoring again the few rows that were kept with a model when it was trained."""

import math
import warnings
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pandas as pd

from catalog.exceptions import TrainingFailed, counted
from catalog.ml.artifacts.environment import explain_refusal
from catalog.ml.labels import plain_prediction
from catalog.ml.prediction.predictor import Predictor
from catalog.ml.signature import Signature

# Other processors and BLAS libraries add up in another order; a changed model differs by far more.
RELATIVE_TOLERANCE, ABSOLUTE_TOLERANCE = 1e-6, 1e-9
NOT_KNOWN: Mapping[str, str] = MappingProxyType({})


def check_reproduced(estimator: Any, signature: Signature, sample: dict[str, Any]) -> None:
    """Raises TrainingFailed unless every sample row is predicted as before from a frame built afresh, among the others
    and alone: else its prediction hangs on its neighbours, and no file that it stands in would give the same."""
    frame, expected = signature.restore_frame(sample["inputs"]), sample["predictions"]
    try:
        alone = [_predict(estimator, frame.iloc[[row]])[0] for row in range(len(frame))]
        ways = {"among the others again": _predict(estimator, frame), "alone": alone}
    except Exception as error:  # estimators raise whatever their authors chose
        first = str(error).partition("\n")[0]
        raise TrainingFailed(f"The estimator refuses a row that is alone: {type(error).__name__}: {first}") from error
    for way, predicted in ways.items():
        row = next((row for row, value in enumerate(predicted) if not _same(value, expected[row])), None)
        if row is not None:
            raise TrainingFailed(
                f"The estimator gives one row two answers: row {row + 1} of its sample is predicted as "
                f"{expected[row]!r}, and {way} as {predicted[row]!r}. A step of its pipeline looks at the rows beside "
                "it, as category codes or ranks made while predicting do; learn them in fit."
            )


def _predict(estimator: Any, frame: pd.DataFrame) -> list[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [plain_prediction(value) for value in Predictor(estimator).ask(frame, "predict")[0]]


def unlike_predictions(
    estimator: Any, signature: dict[str, Any], sample: dict[str, Any], trained_with: Mapping[str, str] = NOT_KNOWN
) -> str:
    """What is not as it was; empty when every row is predicted as `report.sample_predictions` recorded it."""
    frame, expected = Signature.from_json(signature).restore_frame(sample["inputs"]), sample["predictions"]
    try:
        predicted = _predict(estimator, frame)
    except Exception as error:  # whatever an estimator raises: it may be anybody's code
        return f"the estimator refuses its own sample: {explain_refusal(error, trained_with)}"
    if len(predicted) != len(expected):
        return f"{counted(len(predicted), 'prediction')} for {counted(len(expected), 'sample row')}"
    different = [row for row, value in enumerate(predicted) if not _same(value, expected[row])]
    if not different:
        return ""
    row = different[0]
    return (
        f"{len(different)} of {counted(len(expected), 'sample row')} are predicted otherwise than in training: "
        f"row {row + 1} as {predicted[row]!r}, expected {expected[row]!r}"
    )


def _same(found: Any, expected: Any) -> bool:
    if isinstance(found, list) and isinstance(expected, list):
        return len(found) == len(expected) and all(map(_same, found, expected))
    if isinstance(found, float) and isinstance(expected, int | float):
        return math.isclose(found, expected, rel_tol=RELATIVE_TOLERANCE, abs_tol=ABSOLUTE_TOLERANCE)
    return bool(found == expected)
