from typing import Any

import numpy as np
import pytest
from catboost import CatBoostClassifier
from lightgbm import LGBMClassifier
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from xgboost import XGBClassifier

from catalog.exceptions import InvalidRequest
from catalog.ml.training import label_encoding
from catalog.ml.training.label_encoding import check_labels, encode_labels, parameter_prefix, takes_labels

TEXTS, FROM_ZERO, FROM_FIVE = np.array(["no", "yes"], dtype=object), np.arange(3), np.array([5, 7, 9])
BOOLEANS, NUMBERS = np.array([False, True]), np.array([1.0, 2.0])
CLASSIFIERS = {
    "lightgbm": LGBMClassifier(verbose=-1),
    "catboost": CatBoostClassifier(verbose=False, allow_writing_files=False),
    "xgboost": XGBClassifier(),
    "calibrated xgboost": CalibratedClassifierCV(XGBClassifier(), cv=2),
}


@pytest.mark.parametrize("name", CLASSIFIERS)
@pytest.mark.parametrize("labels", [TEXTS, FROM_ZERO, FROM_FIVE, BOOLEANS, NUMBERS], ids=lambda labels: str(labels))
def test_predictions_and_classes_are_the_labels_that_were_given(name: str, labels: np.ndarray) -> None:
    target = np.resize(labels, 60)
    rows = np.column_stack([np.arange(60) % len(labels), np.ones(60)])
    fitted = clone(encode_labels(CLASSIFIERS[name], labels)).fit(rows, target)
    predicted = np.ravel(fitted.predict(rows))
    assert predicted.tolist() == target.tolist()
    assert {type(label) for label in predicted.tolist()} == {type(label) for label in labels.tolist()}
    assert fitted.classes_.tolist() == labels.tolist()
    assert fitted.predict_proba(rows).shape == (60, len(labels))


def test_labels_that_are_taken_are_not_encoded() -> None:
    assert encode_labels(CLASSIFIERS["xgboost"], FROM_ZERO) is CLASSIFIERS["xgboost"]
    assert encode_labels(CLASSIFIERS["lightgbm"], TEXTS) is CLASSIFIERS["lightgbm"]


def test_around_an_estimator_is_one_of_scikit_learn() -> None:
    encoded = encode_labels(XGBClassifier(max_depth=2), TEXTS)
    assert type(encoded) is VotingClassifier
    assert encoded.get_params()["classifier__max_depth"] == 2


@pytest.mark.parametrize(
    "loud",
    [
        CatBoostClassifier(allow_writing_files=False),
        CatBoostClassifier(allow_writing_files=False, logging_level="Info"),
        CatBoostClassifier(allow_writing_files=False, verbose=1),
        LGBMClassifier(),
        LGBMClassifier(verbose=2),
        XGBClassifier(verbosity=3),
    ],
)
def test_nothing_is_printed_when_labels_are_tried(loud: Any, capfd: pytest.CaptureFixture[str]) -> None:
    encode_labels(loud, TEXTS)
    assert capfd.readouterr() == ("", "")


def test_scikit_learns_own_are_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RandomForestClassifier, "fit", lambda *given: pytest.fail("fitted"))
    assert takes_labels(RandomForestClassifier(), TEXTS)


def test_a_regression_has_no_labels() -> None:
    assert takes_labels(XGBClassifier(), np.array([]))


@pytest.mark.parametrize(("estimator", "prefix"), [(XGBClassifier(), "last__"), (LogisticRegression(), "last__")])
def test_parameters_of_a_pipeline_are_found_behind_a_prefix(estimator: Any, prefix: str) -> None:
    pipeline = make_pipeline(StandardScaler(), estimator)
    pipeline.steps[-1] = ("last", estimator)
    assert parameter_prefix(pipeline) == prefix
    pipeline.steps[-1] = ("last", encode_labels(XGBClassifier(), TEXTS))
    assert parameter_prefix(pipeline) == "last__classifier__"


class FromZero(ClassifierMixin, BaseEstimator):
    """Takes labels from 0 alone, and neither is it a part of something else."""

    def __init__(self, gives: str = "what it was given") -> None:
        self.gives = gives

    def fit(self, rows: Any, target: np.ndarray) -> Any:
        self.classes_ = np.unique(target)
        if "Voting" in self.gives or self.classes_.tolist() != list(range(len(self.classes_))):
            raise ValueError("labels from 0")
        return self

    def predict(self, rows: Any) -> np.ndarray:
        return np.zeros(len(rows), dtype=int)


def test_a_class_of_ones_own_is_taken_at_its_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FromZero, "fit", lambda *given: pytest.fail("fitted"))
    assert takes_labels(FromZero(), TEXTS)


class TrueAsText(FromZero):
    """Gives false and true back as texts."""

    def fit(self, rows: Any, target: np.ndarray) -> Any:
        self.classes_ = np.unique(target.astype(str) if target.dtype == bool else target)
        return self

    def predict(self, rows: Any) -> np.ndarray:
        return np.repeat(self.classes_[:1], len(rows))


def test_labels_that_come_back_as_texts_are_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    package = TrueAsText.__module__.partition(".")[0]
    monkeypatch.setattr(label_encoding.metadata, "packages_distributions", lambda: {package: ["installed"]})
    assert [takes_labels(TrueAsText(), labels) for labels in (BOOLEANS, FROM_ZERO)] == [False, True]


def test_one_that_only_predicts_is_encoded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    package = FromZero.__module__.partition(".")[0]
    monkeypatch.setattr(label_encoding.metadata, "packages_distributions", lambda: {package: ["installed"]})
    fitted = encode_labels(FromZero(), TEXTS).fit(np.zeros((4, 1)), np.resize(TEXTS, 4))
    assert fitted.predict(np.zeros((2, 1))).tolist() == ["no", "no"]


def test_a_pipeline_of_ones_own_is_told_how_to_encode() -> None:
    with pytest.raises(InvalidRequest) as caught:
        check_labels(make_pipeline(StandardScaler(), XGBClassifier()), TEXTS, "mine:make")
    assert str(caught.value) == (
        "`pipeline` mine:make: XGBClassifier takes the labels 0 to 1 alone or gives others back, and the target has "
        "'no', 'yes'. Put VotingClassifier([('classifier', XGBClassifier(…))], voting='soft') of sklearn.ensemble in "
        "its place, which encodes them."
    )


def test_a_pipeline_that_encodes_is_taken() -> None:
    check_labels(make_pipeline(StandardScaler(), encode_labels(XGBClassifier(), TEXTS)), TEXTS, "mine:make")
