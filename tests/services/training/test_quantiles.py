"""Regressions that predict a quantile: measured by their own loss, beside a dummy's quantile."""

from typing import Any

import pytest
from catboost import CatBoostRegressor
from lightgbm import LGBMRegressor
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import GradientBoostingRegressor, HistGradientBoostingRegressor
from sklearn.linear_model import QuantileRegressor, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from xgboost import XGBRegressor

from catalog import load_model
from catalog.exceptions import InvalidRequest
from catalog.ml.evaluation.quantiles import find_quantile
from catalog.models import DatasetVersion, RegisteredModel
from catalog.services.training.request import TrainingRequest
from catalog.services.training.train_model import Trained, train_model
from tests.services import snapshots


@pytest.mark.parametrize(
    ("estimator", "quantile"),
    [
        (HistGradientBoostingRegressor(loss="quantile", quantile=0.8), 0.8),
        (GradientBoostingRegressor(loss="quantile"), 0.9),
        (QuantileRegressor(quantile=0.1), 0.1),
        (make_pipeline(StandardScaler(), QuantileRegressor()), 0.5),
        (DummyRegressor(strategy="quantile", quantile=0.3), 0.3),
        (LGBMRegressor(objective="quantile", alpha=0.7), 0.7),
        (LGBMRegressor(objective="quantile"), 0.9),
        (XGBRegressor(objective="reg:quantileerror", quantile_alpha=0.2), 0.2),
        (CatBoostRegressor(loss_function="Quantile:alpha=0.6"), 0.6),
        (CatBoostRegressor(loss_function="Quantile"), 0.5),
        (HistGradientBoostingRegressor(), None),
        (Ridge(), None),
        (XGBRegressor(), None),
    ],
)
def test_which_quantile_is_found_whatever_a_library_calls_it(estimator: Any, quantile: float | None) -> None:
    assert find_quantile(estimator) == quantile


def train(**fields: Any) -> Trained:
    asked = {"name": "leaves", "dataset": "departures", "target": "dep_time", "features": ["distance"], **fields}
    return train_model(request=TrainingRequest(**asked), actor="ada")


QUANTILE = {"params": {"loss": "quantile", "quantile": 0.9, "max_iter": 20}}


def test_a_quantile_is_compared_by_its_pinball_loss_and_holds_so_much_below_it(departures_v1: DatasetVersion) -> None:
    version = train(**QUANTILE, cv=3).version
    metric = version.metrics["mean_pinball_loss"]
    assert metric["higher_is_better"] is False
    assert version.primary_value == metric["value"] < 1.2 * metric["baseline"]
    assert RegisteredModel.objects.get().primary_metric == "mean_pinball_loss"
    table = snapshots.departures().dropna(subset="dep_time")
    below = (table["dep_time"] <= load_model("leaves:1").predict(table)).mean()
    assert 0.8 < below < 1


def test_a_model_holds_quantiles_or_means(departures_v1: DatasetVersion) -> None:
    train(params={"max_iter": 2})
    with pytest.raises(
        InvalidRequest, match=r"leaves predicts means, and this would be a quantile: they can't be comp"
    ):
        train(**QUANTILE)
    train(**QUANTILE, name="late-leaves")
    with pytest.raises(InvalidRequest, match=r"late-leaves predicts quantiles, and this would be a mean"):
        train(name="late-leaves")


def test_a_search_chooses_by_it(departures_v1: DatasetVersion) -> None:
    search = {"search": "grid", "search_space": {"max_iter": [2, 5]}, "cv": 2}
    assert train(**QUANTILE, **search).version.report["search"]["metric"] == "mean_pinball_loss"
