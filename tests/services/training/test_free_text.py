"""Columns of long, mostly distinct texts: recognised, left out, or learned from by their words."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from catalog import load_model
from catalog.exceptions import InvalidRequest
from catalog.models import DatasetVersion
from catalog.services.prediction.predict import predict
from catalog.services.prediction.prediction_request import PredictionRequest
from catalog.services.training.plan import plan_training
from catalog.services.training.request import TrainingRequest
from catalog.services.training.train_model import Trained, train_model
from catalog.serving.field_schemas import row_schema
from tests.factories import make_dataset

WORDS = ["flight", "crew", "seat", "meal", "luggage", "delay", "airport", "gate", "ticket", "window", "queue", "coffee"]
RANDOM = np.random.default_rng(0)
GOOD = RANDOM.random(200) > 0.5
COMMENTS = [
    f"{' '.join(RANDOM.choice(WORDS, 6))} and it was {'wonderful' if good else 'dreadful'} {number % 150}"
    for number, good in enumerate(GOOD)
]
TABLE = pd.DataFrame({"comment": COMMENTS, "age": RANDOM.integers(18, 80, 200), "good": GOOD})
TABLE.loc[::20, "comment"] = None


@pytest.fixture
def reviews(db: None, tmp_path: Path) -> DatasetVersion:
    return make_dataset(tmp_path, TABLE, "reviews")


def request(**fields: Any) -> TrainingRequest:
    return TrainingRequest(**{"name": "mood", "dataset": "reviews", "target": "good", **fields})


def train(**fields: Any) -> Trained:
    return train_model(request=request(**fields), actor="ada")


def test_free_text_is_left_out_and_said(reviews: DatasetVersion) -> None:
    plan = plan_training(request())
    assert [feature.name for feature in plan.features] == ["age"]
    assert plan.excluded == {"comment": "it is free text, which is left out unless it is named as text"}


@pytest.mark.parametrize("name", ["code", "note"])
def test_short_texts_and_repeated_ones_are_none(db: None, tmp_path: Path, name: str) -> None:
    values = {
        "code": [f"c{number % 120}" for number in range(200)],
        "note": ["so long a text that it is a sentence"] * 200,
    }
    make_dataset(tmp_path, TABLE.assign(**{name: values[name]}), "reviews")
    assert name in [feature.name for feature in plan_training(request()).features]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"features": ["comment", "age"]},
            r"`features`: 'comment' is free text, long and mostly distinct\. Name it with",
        ),
        ({"text": ["age"]}, r"`text`: 'age' is integer, and free text is a column of text\."),
        ({"text": ["coment"]}, r"`text`: reviews:1 has no column 'coment'\. Did you mean comment"),
        ({"text": ["comment"], "drop": ["comment"]}, r"`text`: 'comment' is the target or left out"),
        ({"text": ["comment"], "incremental": True, "estimator": "sgd"}, r"`incremental` and `text`: the words of all"),
        (
            {"text": ["comment"], "params": {"monotonic_cst": {"age": 1}}},
            r"`params` that name columns don't go with `te",
        ),
    ],
)
def test_what_cant_be_is_refused_before_anything_is_read(
    reviews: DatasetVersion, fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidRequest, match=message):
        plan_training(request(**fields))


@pytest.mark.parametrize("estimator", ["logistic_regression", "hist_gradient_boosting", "random_forest", "naive_bayes"])
def test_named_as_text_its_words_are_learned_from(reviews: DatasetVersion, estimator: str) -> None:
    version = train(estimator=estimator, text=["comment"], features=["age"]).version
    assert version.metrics["balanced_accuracy"]["value"] > 0.85
    assert [column["passed_as"] for column in version.signature["inputs"]] == ["float64", "text"]


def test_no_text_is_kept_in_the_signature_and_none_is_unseen(reviews: DatasetVersion, tmp_path: Path) -> None:
    version = train(estimator="logistic_regression", text=["comment"]).version
    assert version.signature["inputs"][0]["categories"] is None
    assert not any(comment in str(version.signature) for comment in COMMENTS)
    rows = pd.DataFrame({"comment": ["it was wonderful", "it was dreadful", None], "age": [30, 30, 30]})
    rows.to_csv(tmp_path / "new.csv", index=False)
    asked = PredictionRequest("mood:1", str(tmp_path / "new.csv"), str(tmp_path / "out.csv"))
    receipt = predict(request=asked, actor="ada").receipt
    assert receipt.unseen_categories == {}
    predicted = pd.read_csv(tmp_path / "out.csv")["prediction"].tolist()
    assert predicted[:2] == [True, False]
    assert load_model("mood:1").predict(rows).tolist() == predicted
    assert row_schema(version.signature)["properties"]["comment"]["anyOf"][0] == {"type": "string"}


def test_a_column_of_a_name_with_underscores_is_learned_from(db: None, tmp_path: Path) -> None:
    make_dataset(tmp_path, TABLE.rename(columns={"comment": "the__comment"}), "reviews")
    assert train(estimator="logistic_regression", text=["the__comment"]).version.metrics["accuracy"]["value"] > 0.85


def test_folds_and_searches_learn_their_own_words(reviews: DatasetVersion) -> None:
    space = {"search": "grid", "search_space": {"C": [0.1, 1.0]}}
    version = train(estimator="logistic_regression", text=["comment"], cv=3, **space).version
    assert version.metrics["accuracy"]["mean"] > 0.85
