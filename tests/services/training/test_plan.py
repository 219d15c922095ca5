from pathlib import Path
from typing import Any

import pytest
from sklearn.tree import DecisionTreeClassifier

from catalog.exceptions import InvalidRequest, NotPermitted
from catalog.ml.features import Feature
from catalog.ml.tables.schema import ColumnType
from catalog.ml.training import estimators
from catalog.models import DatasetVersion
from catalog.services.training.plan import TrainingPlan, plan_training
from catalog.services.training.request import TrainingRequest
from tests.factories import make_dataset
from tests.services import snapshots


def plan(**fields: object) -> TrainingPlan:
    asked: dict[str, Any] = {
        "name": "late",
        "dataset": "departures",
        "target": "late",
        "estimator": "decision_tree",
        **fields,
    }
    return plan_training(TrainingRequest(**asked))


def test_a_plan_holds_the_features_with_their_types(departures_v1: DatasetVersion) -> None:
    assert plan(features=["carrier", "distance"]).features == (
        Feature("carrier", ColumnType.STRING),
        Feature("distance", ColumnType.INTEGER),
    )


def test_a_plan_holds_the_unfitted_estimator(departures_v1: DatasetVersion) -> None:
    made = plan(params={"max_depth": 3}, random_state=7).estimator
    assert isinstance(made, DecisionTreeClassifier)
    assert (made.max_depth, made.random_state, hasattr(made, "classes_")) == (3, 7, False)


@pytest.mark.parametrize(
    ("target", "task"), [("late", "classification"), ("distance", "regression"), ("carrier", "classification")]
)
def test_the_task_is_what_the_target_is_fit_for(departures_v1: DatasetVersion, target: str, task: str) -> None:
    assert plan(target=target).task == task


def test_a_plan_says_why_a_column_is_excluded(db: None, tmp_path: Path) -> None:
    table = snapshots.departures().assign(remark=None, code=[f"F{row:04}" for row in range(300)])
    make_dataset(tmp_path, table, "departures")
    found = plan(drop=["origin"])
    assert found.excluded == {
        "remark": "it has no values",
        "code": "it is an identifier: every row has its own text",
    }
    assert [feature.name for feature in found.features] == ["carrier", "distance", "time_hour", "dep_time"]


def test_the_estimator_is_checked_once(departures_v1: DatasetVersion, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []
    monkeypatch.setattr(estimators, "check_values", lambda unfitted, name: checked.append(name))
    plan()
    assert checked == ["decision_tree"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"target": "lat"}, "`target`: departures:1 has no column 'lat'. Did you mean late?"),
        ({"drop": ["distanc"]}, "`drop`: departures:1 has no column 'distanc'. Did you mean distance?"),
        ({"estimator": "ridge"}, None),
        ({"estimator": "lasso"}, "`estimator` lasso has no classification; it is for regression."),
        (
            {"estimator": "random_forest", "incremental": True},
            (
                "`incremental`: random_forest has no partial_fit, it learns from all rows at once. "
                "Use mlp or naive_bayes or sgd, or a class that has it."
            ),
        ),
    ],
)
def test_a_plan_names_the_field_that_does_not_fit(
    departures_v1: DatasetVersion, fields: dict[str, object], message: str | None
) -> None:
    if message is None:
        assert plan(**fields).task == "classification"
        return
    with pytest.raises(InvalidRequest) as caught:
        plan(**fields)
    assert str(caught.value) == message


def test_time_goes_by_a_date_a_timestamp_or_a_number(departures_v1: DatasetVersion) -> None:
    with pytest.raises(InvalidRequest, match="`split`: 'carrier' is string, and time goes by"):
        plan(split="time:carrier")


def test_a_column_to_split_by_must_be_there(departures_v1: DatasetVersion) -> None:
    with pytest.raises(InvalidRequest, match=r"`split`: departures:1 has no column 'carier'\. Did you mean carrier"):
        plan(split="group:carier")


def test_with_four_eyes_nobody_trains_into_production(departures_v1: DatasetVersion, settings: Any) -> None:
    settings.CATALOG["FOUR_EYES"] = True
    with pytest.raises(NotPermitted, match="`alias`: who trains a version does not promote it to production"):
        plan(alias="production")
    assert plan(alias="staging").request.alias == "staging"
