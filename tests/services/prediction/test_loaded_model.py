"""What load_model gives predicts what the command predicts, for rows of every form."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from catalog import load_model
from catalog.exceptions import InvalidData, InvalidRequest
from catalog.ml.artifacts.environment import versions_text
from catalog.ml.prediction.predictor import Predictor
from catalog.models import ModelVersion
from catalog.services.prediction.predict import predict
from catalog.services.prediction.prediction_request import PredictionRequest
from tests.factories import make_dataset, make_version, write_csv
from tests.services.snapshots import departures

READERS: dict[str, Any] = {
    "pandas": pd.read_csv,
    "polars": pl.read_csv,
    "arrow": pyarrow.csv.read_csv,
    "dicts": lambda path: pd.read_csv(path).to_dict("records"),
}
ESTIMATORS = ["hist_gradient_boosting", "random_forest", "logistic_regression", "decision_tree", "knn"]


def commanded(source: Path, reference: str) -> pd.DataFrame:
    output = source.with_name("predicted.parquet")
    predict(request=PredictionRequest(reference, str(source), str(output), with_probabilities=True), actor="ada")
    return pq.read_table(output).to_pandas()


@pytest.mark.django_db
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_predictions_are_those_of_the_command(tmp_path: Path, estimator: str) -> None:
    make_dataset(tmp_path, departures(), "departures")
    make_version(tmp_path, name="late", dataset="departures", target="late", estimator=estimator)
    source = write_csv(departures().drop(columns="late"), tmp_path, "new.csv")
    expected, model = commanded(source, "late:1"), load_model("late:1")
    for read in READERS.values():
        rows = read(source)
        assert model.predict(rows).tolist() == expected["prediction"].tolist()
        difference = np.abs(model.predict_proba(rows) - expected.iloc[:, 1:].to_numpy()).max()
        assert difference <= (1e-12 if estimator == "logistic_regression" else 0)


def test_a_model_says_what_it_is(late_v1: ModelVersion) -> None:
    model = load_model("late:1")
    assert (model.reference, model.sha256, model.metrics) == ("late:1", late_v1.sha256, late_v1.metrics)
    assert [feature.name for feature in model.signature.features][:2] == ["carrier", "origin"]
    assert repr(model) == f"Model(reference='late:1', sha256='{late_v1.sha256}')"


def test_one_row_predicts_as_it_does_among_others(late_v1: ModelVersion) -> None:
    rows = departures().head(5).to_dict("records")
    assert [load_model("late:1").predict(row)[0] for row in rows] == load_model("late:1").predict(rows).tolist()


def test_a_wrong_cell_is_named(late_v1: ModelVersion) -> None:
    rows = departures().head(2).assign(distance=[10, "far"])
    with pytest.raises(InvalidData, match=r"^rows: column 'distance', row 2: 'far' is not a number.$"):
        load_model("late:1").predict(rows)


def test_whatever_else_an_estimator_raises_is_one_line_with_the_versions(
    late_v1: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def drift(*given: Any) -> None:
        raise TypeError("an unexpected keyword\nfar below")

    monkeypatch.setattr(Predictor, "ask_table", drift)
    model, rows = load_model("late:1"), departures().head(3)
    for ask in (model.predict, model.predict_proba):
        with pytest.raises(InvalidData) as caught:
            ask(rows)
        versions = versions_text(late_v1.environment["versions"])
        assert str(caught.value) == (
            "The estimator refuses the rows: TypeError: an unexpected keyword Trained with "
            f"{versions}; running {versions}."
        )


@pytest.mark.django_db
def test_an_estimator_without_probabilities_says_so(tmp_path: Path) -> None:
    version = make_version(tmp_path, target="mean radius", estimator="ridge")
    with pytest.raises(InvalidRequest, match=r"^tumour:1 gives no probabilities"):
        load_model(version.reference).predict_proba({})
