import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from catalog.ml.evaluation.checks.fired_checks import FiredCheck
from catalog.models import Alias, AuditEvent, DatasetVersion, ModelVersion, RegisteredModel
from tests.commands.conftest import Outcome, Run
from tests.factories import make_dataset

METRICS = {"accuracy", "balanced_accuracy", "f1_macro", "roc_auc", "average_precision", "log_loss"}


@pytest.fixture
def train(run: Run, departures_v1: DatasetVersion) -> Any:
    """Train `late` on the departures with a quick estimator; later options win."""

    def call(*options: Any) -> Outcome:
        given = (
            "--dataset",
            "departures",
            "--target",
            "late",
            "--estimator",
            "decision_tree",
            "--param",
            "max_depth=3",
        )
        return run("train_model", "late", *given, *options)

    return call


@pytest.fixture
def no_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.services.training.evaluate.check_training", lambda *given: [])


@pytest.mark.usefixtures("no_checks")
def test_says_what_was_trained_and_how_well_it_does(train: Any) -> None:
    lines = train().lines
    sha256 = ModelVersion.objects.get().sha256[:12]
    assert lines[:3] == [
        f"Trained late:1 (sha256 {sha256}…): decision_tree, classification of late from departures:1.",
        "  240 rows to train, 60 held out.",
        "  metric                    held out  training  baseline  better",
    ]
    assert [line.split()[0] for line in lines[3:-1]] == [
        "accuracy", "balanced_accuracy", "f1_macro", "roc_auc", "average_precision", "log_loss"
    ]  # fmt: skip
    assert [line.split()[:2] for line in lines if "(main)" in line] == [["balanced_accuracy", "(main)"]]
    assert lines[-1] == "  Put it in production: manage.py promote late:1"


def test_json_has_the_promised_keys(train: Any) -> None:
    result = train("--json").json
    version = ModelVersion.objects.get()
    assert (result["reference"], result["name"], result["version"]) == ("late:1", "late", 1)
    assert result["sha256"] == version.sha256
    assert set(result["metrics"]) == set(result["baseline"]) == METRICS
    assert result["aliases"] == []
    assert {"read", "fit", "evaluate", "dump", "store"} <= set(result["seconds"])


def test_metrics_are_kept_with_baseline_and_direction(train: Any) -> None:
    train()
    metrics = ModelVersion.objects.get().metrics
    assert metrics["log_loss"].keys() == {"value", "training", "baseline", "higher_is_better"}
    assert (metrics["accuracy"]["higher_is_better"], metrics["log_loss"]["higher_is_better"]) == (True, False)


def test_the_same_data_parameters_and_random_state_give_the_same_metrics(train: Any) -> None:
    forest = ("--estimator", "random_forest", "--param", "n_estimators=10", "--random-state", "7", "--json")
    first, second = train(*forest).json, train(*forest).json
    assert first["metrics"] == second["metrics"]
    assert first["sha256"] == second["sha256"]


def test_the_same_request_gives_the_same_predictions(train: Any, run: Run, tmp_path: Path) -> None:
    for number in (1, 2):
        train("--estimator", "hist_gradient_boosting", "--param", "max_iter=5")
        run("predict", f"late:{number}", "-i", "dataset:departures", "-o", tmp_path / f"{number}.csv", "--proba")
    assert (tmp_path / "1.csv").read_bytes() == (tmp_path / "2.csv").read_bytes()


def test_another_random_state_holds_out_other_rows(train: Any) -> None:
    for state in ("1", "2"):
        train("--random-state", state)
    first, second = ModelVersion.objects.order_by("number")
    assert first.report["sample"] != second.report["sample"]
    assert (first.random_state, second.random_state) == (1, 2)


def test_rows_without_a_target_are_left_out_and_counted(run: Run, tmp_path: Path, departures: pd.DataFrame) -> None:
    table = departures.assign(late=departures["late"].astype(object).where(departures.index % 3 > 0))
    make_dataset(tmp_path, table, "gaps")
    outcome = run("train_model", "late", "--dataset", "gaps", "--target", "late", "--estimator", "dummy")
    assert outcome.lines[1] == "  160 rows to train, 40 held out, 100 without a target left out."


def test_alias_promotes_the_new_version(train: Any) -> None:
    outcome = train("--alias", "production", "--reason", "the first")
    assert outcome.lines[-1] == "  It holds the alias production now."
    assert Alias.objects.get().model_version == ModelVersion.objects.get()
    assert AuditEvent.objects.filter(verb="promoted", to_value="1", actor="ada").count() == 1


def test_the_alias_is_in_the_json(train: Any) -> None:
    assert train("--alias", "staging", "--json").json["aliases"] == ["staging"]


def test_an_identifier_is_left_out_and_said(run: Run, tmp_path: Path, departures: pd.DataFrame) -> None:
    make_dataset(tmp_path, departures.assign(code=[f"F{row:04}" for row in range(300)]), "coded")
    outcome = run("train_model", "late", "--dataset", "coded", "--target", "late", "--estimator", "dummy")
    assert "  Left out code: it is an identifier: every row has its own text." in outcome.lines


def test_an_empty_column_is_left_out_and_said(run: Run, tmp_path: Path, departures: pd.DataFrame) -> None:
    make_dataset(tmp_path, departures.assign(remark=None), "empty")
    outcome = run("train_model", "late", "--dataset", "empty", "--target", "late", "--estimator", "dummy", "--json")
    assert outcome.json["left_out"] == {"remark": "it has no values"}


def test_features_and_drop_choose_the_columns(train: Any) -> None:
    train("--features", "carrier,distance,origin", "--drop", "origin")
    assert [column["name"] for column in ModelVersion.objects.get().signature["inputs"]] == ["carrier", "distance"]


def test_cross_validation_adds_mean_and_standard_deviation(train: Any) -> None:
    outcome = train("--cv", "3", "--json")
    assert set(outcome.json["cross_validation"]) == METRICS
    assert outcome.json["cross_validation"]["accuracy"].keys() == {"mean", "standard_deviation"}


def test_cross_validation_is_a_column_of_the_table(train: Any) -> None:
    assert "  metric                    held out  training  baseline  better  folds" in train("--cv", "3").lines


def test_a_search_says_what_it_chose(train: Any, tmp_path: Path) -> None:
    (tmp_path / "space.json").write_text('{"max_depth": [2, 3], "criterion": ["gini"]}')
    outcome = train("--search", "grid", "--search-space", tmp_path / "space.json", "--cv", "3")
    search = ModelVersion.objects.get().report["search"]
    assert search["candidates"] == 2
    assert f"  Best of 2: {search['best_params']}." in outcome.lines


def test_says_of_how_many_columns_importances_were_measured(train: Any, settings: Any) -> None:
    settings.CATALOG["IMPORTANCE_SECONDS"] = 0
    assert "  Importances of 1 of 5 columns: their time was up." in train().lines
    assert train("--json").json["importances_sampled"] == {"measured": 1, "columns": 5}


def test_parameters_are_json_where_they_are(train: Any) -> None:
    train("--param", "max_depth=None", "--param", "criterion=entropy", "--param", "ccp_alpha=0.01")
    assert ModelVersion.objects.get().params == {"max_depth": None, "criterion": "entropy", "ccp_alpha": 0.01}


def test_a_version_records_where_it_came_from(train: Any, departures_v1: DatasetVersion) -> None:
    train("--notes", "First try")
    version = ModelVersion.objects.get()
    assert (version.dataset_version, version.target, version.notes) == (departures_v1, "late", "First try")
    assert (version.created_by, version.status, version.origin) == ("ada", "READY", "TRAINED")
    assert version.environment["versions"]["scikit-learn"]


ERRORS = {
    "an unknown dataset": (
        ["--dataset", "departurs"],
        "There is no dataset 'departurs'. Did you mean departures? Add it with add_dataset.",
    ),
    "an unknown dataset version": (
        ["--dataset", "departures:7"],
        "The dataset departures has no version 7; the newest is 1.",
    ),
    "an unknown target": (["--target", "lat"], "--target: departures:1 has no column 'lat'. Did you mean late?"),
    "an unknown feature": (
        ["--features", "carier,origin"],
        "--features: departures:1 has no column 'carier'. Did you mean carrier?",
    ),
    "an unknown column to drop": (
        ["--drop", "distanc"],
        "--drop: departures:1 has no column 'distanc'. Did you mean distance?",
    ),
    "the target as a feature": (
        ["--features", "late,carrier"],
        "--features: 'late' is the target and can't be a feature.",
    ),
    "a feature named twice": (["--features", "carrier,carrier"], "--features names a column twice."),
    "a time stamp as target": (
        ["--target", "time_hour"],
        "The type of the target 'time_hour' is timestamp_utc: it must be a number, an integer, boolean or text.",
    ),
    "regression of text": (
        ["--target", "carrier", "--task", "regression"],
        "The target 'carrier' is string, and --task regression needs a number. Use --task classification.",
    ),
    "nothing left as a feature": (
        ["--features", "carrier", "--drop", "carrier"],
        "Nothing is left as a feature (no other column is there).",
    ),
    "more folds than rows of a class": (["--cv", "200"], "--cv 200 is more than the "),
    "one fold": (["--cv", "1"], "--cv must be 2 or more, not 1."),
    "an unknown parameter": (
        ["--param", "max_dept=3"],
        "DecisionTreeClassifier has no parameter 'max_dept'. Did you mean max_depth",
    ),
    "a parameter without a value": (["--param", "max_depth"], "--param 'max_depth' is not written as name=value."),
    "a parameter that the estimator refuses": (
        ["--param", "max_depth=deep"],
        "decision_tree: The 'max_depth' parameter of DecisionTreeClassifier must be an int",
    ),
    "an unknown estimator": (
        ["--estimator", "random_forrest"],
        "--estimator 'random_forrest' is not in the table. Did you mean random_forest",
    ),
    "an estimator of the other task": (
        ["--estimator", "lasso", "--task", "classification"],
        "--estimator lasso has no classification; it is for regression.",
    ),
    "a class that can't be imported": (
        ["--estimator", "sklearn.tree:Tree"],
        "--estimator sklearn.tree:Tree: can't import",
    ),
    "a test size past one": (["--test-size", "1.5"], "--test-size must be between 0 and 1, as 0.2 is, not 1.5."),
    "a search without a space": (["--search", "grid"], "--search and --search-space go together"),
    "a search space that is no file": (
        ["--search-space", "/nowhere.json"],
        "--search-space /nowhere.json can't be read: No such file or directory.",
    ),
    "a random state out of range": (["--random-state", "-1"], "--random-state must be from 0 to 4294967295, not -1."),
    "an alias that breaks the rule": (["--alias", "In Production"], "'In Production' can't be the name of an alias"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_is_refused_before_a_version_is_numbered(train: Any, case: str) -> None:
    options, message = ERRORS[case]
    outcome = train(*options)
    assert outcome.err.startswith(message)
    assert (outcome.code, outcome.out, "\n" in outcome.err) == (1, "", False)
    assert (RegisteredModel.objects.count(), ModelVersion.objects.count()) == (0, 0)
    assert AuditEvent.objects.exclude(verb="dataset_added").count() == 0


def target_table(departures: pd.DataFrame, target: list[Any]) -> pd.DataFrame:
    return departures.head(len(target)).assign(target=target)


TARGETS: dict[str, tuple[list[Any], list[str], str]] = {
    "one class only": (["yes"] * 40, [], "The target 'target' has one class only, 'yes': there is nothing to learn."),
    "a class with one row": (
        ["yes", "no"] * 20 + ["perhaps"],
        [],
        "The class 'perhaps' of 'target' has one row; each needs two, one to train and one to test. ",
    ),
    "too few rows": (["yes", "no"] * 4, [], "Too few rows: 8 have a value in 'target', at least 10 are needed."),
    "fewer held-out rows than classes": (
        list("abcdefgh") * 2,
        [],
        "Too few rows: of 16, --test-size 0.2 holds out 3, but 8 classes must be among both.",
    ),
    "no value at all": ([None] * 20, [], "Too few rows: 0 have a value in 'target', at least 10 are needed."),
    "classes of many numbers": (
        [row + 0.5 for row in range(40)],
        ["--task", "classification"],
        (
            "The target 'target' is a number with fractions: classes are texts, booleans or whole numbers. "
            "Use --task regression."
        ),
    ),
    "infinite numbers": (
        [*range(39), float("inf")],
        ["--task", "regression"],
        "The target 'target' holds infinite values. Leave such rows out.",
    ),
}


@pytest.mark.parametrize("case", TARGETS)
def test_a_target_that_can_not_be_learned_is_refused(
    run: Run, tmp_path: Path, departures: pd.DataFrame, case: str
) -> None:
    target, options, message = TARGETS[case]
    make_dataset(tmp_path, target_table(departures, target), "small")
    outcome = run("train_model", "m", "--dataset", "small", "--target", "target", *options)
    assert outcome.err.startswith(message)
    assert (outcome.code, RegisteredModel.objects.count(), ModelVersion.objects.count()) == (1, 0, 0)


def test_a_refused_version_takes_no_number_of_an_existing_model(train: Any) -> None:
    train()
    assert train("--param", "max_depth=deep").code == 1
    assert (RegisteredModel.objects.get().next_number, ModelVersion.objects.count()) == (2, 1)


def test_more_folds_than_rows_are_refused_in_regression(run: Run, tmp_path: Path, departures: pd.DataFrame) -> None:
    make_dataset(tmp_path, departures.head(30), "small")
    outcome = run(
        "train_model", "m", "--dataset", "small", "--target", "distance", "--task", "regression", "--cv", "25"
    )
    assert outcome.err.startswith("--cv 25 is more than")
    assert RegisteredModel.objects.count() == 0


def test_a_class_needs_a_training_row_for_each_fold(run: Run, tmp_path: Path, departures: pd.DataFrame) -> None:
    make_dataset(tmp_path, target_table(departures, ["yes"] * 95 + ["no"] * 5), "rare")
    outcome = run("train_model", "m", "--dataset", "rare", "--target", "target", "--estimator", "dummy", "--cv", "5")
    assert outcome.err.startswith("--cv 5 is more than the 4 ")
    assert RegisteredModel.objects.count() == 0


@pytest.mark.parametrize("estimator", ["hist_gradient_boosting", "logistic_regression"])
def test_a_column_with_a_single_value_is_no_obstacle(
    run: Run, tmp_path: Path, departures: pd.DataFrame, estimator: str
) -> None:
    remark = pd.Series([7.5, *[None] * 299])
    make_dataset(tmp_path, departures.assign(remark=remark), "sparse")
    for state in range(3):
        outcome = run(
            "train_model", "m", "--dataset", "sparse", "--target", "late", "--estimator", estimator,
            "--random-state", state, "--features", "distance,remark", "--cv", "3",
        )  # fmt: skip
        # Nothing is stored after a commit in a test's transaction: that manifests wait is all that may be said.
        assert [line for line in outcome.err.splitlines() if "could not be stored yet" not in line] == []


def test_another_task_under_the_same_name_is_refused(train: Any) -> None:
    train()
    outcome = train("--target", "distance", "--task", "regression")
    assert outcome.err == (
        "late is a classification model, and this would be regression of 'distance'. "
        "Give it another name, or say --task classification."
    )
    assert RegisteredModel.objects.get().next_number == 2


def test_a_search_space_that_is_not_json_is_refused(train: Any, tmp_path: Path) -> None:
    (tmp_path / "space.json").write_text("{max_depth: 3}")
    outcome = train("--search", "grid", "--search-space", tmp_path / "space.json")
    assert outcome.err.startswith(f"--search-space {tmp_path}/space.json can't be read as JSON:")


def test_a_warning_of_the_estimator_is_passed_on(run: Run, departures_v1: DatasetVersion) -> None:
    options = ("--estimator", "logistic_regression", "--param", "max_iter=1", "--json")
    outcome = run("train_model", "late", "--dataset", "departures", "--target", "late", *options)
    assert outcome.json["warnings"][0].startswith("lbfgs failed to converge")
    assert outcome.err.startswith("Warning: lbfgs failed to converge")


def test_a_missing_object_of_the_dataset_is_one_line(train: Any, departures_v1: DatasetVersion) -> None:
    Path(departures_v1.file.path).unlink()
    assert train().err == f"There is no file {departures_v1.file.path}."


def test_json_is_one_line_with_the_counts_of_rows(train: Any) -> None:
    outcome = train("--json")
    assert outcome.out.count("\n") == 1
    assert json.loads(outcome.out)["rows"] == {"train": 240, "test": 60, "missing_target": 0}


@pytest.mark.usefixtures("departures_v1")
def test_a_version_that_is_no_better_than_a_dummy_is_not_proposed_for_production(run: Run) -> None:
    asked = ("train_model", "late", "--dataset", "departures", "--target", "late", "--estimator", "dummy")
    outcome = run(*asked)
    [check] = [line for line in outcome.lines if line.startswith("  Check below_baseline: ")]
    assert "It is no better than one answer for all rows" in check
    assert "Put it in production" not in outcome.out
    assert "below_baseline" in [check["code"] for check in run(*asked, "--json").json["checks"]]


def test_checks_are_printed_with_how_to_mute_them(train: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fired = [FiredCheck("leak", "It leaks.")]
    monkeypatch.setattr("catalog.services.training.evaluate.check_training", lambda *given: fired)
    assert train().lines[-3:] == [
        "  Check leak: It leaks.",
        "  Mute a check that does not matter here: manage.py mute_check late:1 leak --reason WHY",
        "  Put it in production: manage.py promote late:1 --reason WHY",
    ]


def test_a_check_is_muted_by_its_code(train: Any, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    fired = [FiredCheck("leak", "It leaks."), FiredCheck("uncalibrated", "It is off.")]
    monkeypatch.setattr("catalog.services.training.evaluate.check_training", lambda *given: fired)
    train()
    refused = run("promote", "late:1").err
    assert "\n  Check leak: It leaks.\n" in refused
    assert "check leak fired, and check uncalibrated fired" in refused
    outcome = run("mute_check", "late:1", "leak", "--reason", "known before")
    assert outcome.out == "late:1: leak is muted. These are not: uncalibrated.\n"
    assert run("mute_check", "late:1", "leek", "--reason", "no").err.startswith(
        "CODE: no check 'leek' fired for late:1"
    )
    assert "  leak: It leaks. Muted: known before" in run("show", "late:1").lines
    result = run("mute_check", "late:1", "uncalibrated", "--reason", "ranks alone count", "--json").json
    assert (result["checks"], set(result["muted"])) == ([], {"leak", "uncalibrated"})
    assert run("promote", "late:1").code == 0


def test_metrics_of_training_rows_stand_beside_the_held_out_ones(train: Any) -> None:
    result = train("--param", "max_depth=null", "--json").json
    assert result["training"]["accuracy"] == 1.0 > result["metrics"]["accuracy"]


def test_compare_with_says_what_evaluate_says(train: Any, run: Run) -> None:
    train("--alias", "staging")
    outcome = train("--param", "max_depth=1", "--compare-with", "staging")
    [said] = [line for line in outcome.lines if "was measured on" in line]
    assert said == "  late:2 was measured on 60 of the held-out rows of late:2."
    lines = run("evaluate", "late:2", "--like", "late:2", "--against", "late:1").lines
    assert [f"  {line}" for line in lines] == outcome.lines[outcome.lines.index(said) :][: len(lines)]
    comparison = train("--param", "max_depth=2", "--compare-with", "late:1", "--json").json["comparison"]
    assert comparison["against"] == "late:1"
    assert {"metric", "low", "high", "verdict"} <= comparison["differences"][0].keys()
