import io
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
import pytest
from django.conf import settings

from catalog.ml.evaluation.replay import unlike_predictions
from catalog.models import AuditEvent, DatasetVersion, ModelVersion, RegisteredModel
from catalog.progress import Progress
from catalog.services.training.request import TrainingRequest
from catalog.services.training.train_model import train_model
from tests.commands.conftest import Outcome, Run

ASKED = ("--dataset", "departures", "--target", "late", "--incremental")


@pytest.fixture
def train(run: Run, departures_v1: DatasetVersion) -> Any:
    """Train `late` on the departures in batches; later options win."""

    def call(*options: Any) -> Outcome:
        return run("train_model", "late", *ASKED, "--estimator", "sgd", *options)

    return call


def artifact() -> Any:
    stored = Path(settings.STORAGES["default"]["OPTIONS"]["location"]) / ModelVersion.objects.get().artifact.name
    return joblib.load(io.BytesIO(stored.read_bytes()))


def test_says_what_was_trained_and_how_well_it_does(train: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.services.training.evaluate.check_training", lambda *given: [])
    lines = train().lines
    sha256, rows = ModelVersion.objects.get().sha256[:12], ModelVersion.objects.get().report["rows"]
    assert lines[:2] == [
        f"Trained late:1 (sha256 {sha256}…): sgd, classification of late from departures:1.",
        f"  {rows['train']} rows to train, {rows['test']} held out.",
    ]
    assert rows["train"] + rows["test"] == 300
    assert lines[-1] == "  Put it in production: manage.py promote late:1"


def test_json_tells_the_steps_and_the_metrics(train: Any) -> None:
    result = train("--json").json
    assert {"preprocess", "fit", "evaluate", "report", "importances", "dump", "store"} <= set(result["seconds"])
    assert set(result["metrics"]) == set(result["baseline"]) >= {"accuracy", "roc_auc"}


def test_the_report_is_that_of_any_training(train: Any) -> None:
    train()
    report = ModelVersion.objects.get().report
    assert {"confusion_matrix", "roc", "importances", "sample", "left_out", "warnings", "rows", "epochs"} <= set(report)
    assert len(report["sample"]["predictions"]) == 20


def test_the_artifact_is_of_scikit_learn_alone(train: Any) -> None:
    train("--format", "skops")
    version = ModelVersion.objects.get()
    assert version.approved_types == ["numpy.dtype"]  # as of any imputer; all else is skops' own


def test_the_stored_model_predicts_its_sample_again(train: Any) -> None:
    train()
    version = ModelVersion.objects.get()
    assert unlike_predictions(artifact(), version.signature, version.report["sample"]) == ""


def test_a_version_predicts_through_the_ordinary_path(train: Any, run: Run, tmp_path: Path) -> None:
    train("--param", "loss=log_loss")
    outcome = run("predict", "late:1", "-i", "dataset:departures", "-o", tmp_path / "out.csv", "--proba")
    assert outcome.code == 0, outcome.err
    result = pd.read_csv(tmp_path / "out.csv")
    assert list(result.columns) == ["prediction", "probability_false", "probability_true"]
    assert len(result) == 300


def test_the_same_random_state_gives_the_same_bytes(train: Any) -> None:
    first, second = train("--json").json, train("--json").json
    assert (first["sha256"], first["metrics"]) == (second["sha256"], second["metrics"])


def test_more_epochs_learn_from_all_rows_more_often(train: Any) -> None:
    train("--epochs", "3")
    rows = ModelVersion.objects.get().report["rows"]["train"]
    assert artifact()[-1].t_ == 3 * rows + 1


def test_numbers_are_predicted_too(run: Run, departures_v1: DatasetVersion) -> None:
    asked = ("--dataset", "departures", "--target", "distance", "--estimator", "sgd", "--epochs", "30", "--json")
    result = run("train_model", "miles", *asked, "--incremental", "--task", "regression").json
    assert result["metrics"]["r2"] > result["baseline"]["r2"] > -0.1


def test_progress_is_told_in_rows(departures_v1: DatasetVersion) -> None:
    told: list[tuple[str, int | None, str]] = []

    class Told(Progress):
        rows = 0

        def step(self, name: str, *, total: int | None = None, unit: str = "") -> Any:
            told.append((name, total, unit))
            return super().step(name, total=total, unit=unit)

        def advance(self, amount: int) -> None:
            self.rows += amount

    progress = Told()
    request = TrainingRequest("late", "departures", "late", estimator="sgd", incremental=True)
    train_model(request=request, actor="ada", progress=progress)
    assert [step for step in told if step[2] == "rows"] == [
        (name, 300, "rows") for name in ("preprocess", "fit", "evaluate")
    ]
    assert progress.rows >= 900


def test_it_learns_what_all_rows_at_once_teach(run: Run, departures_v1: DatasetVersion) -> None:
    asked = ("train_model", "late", *ASKED[:-1], "--estimator", "naive_bayes", "--json")
    in_memory, in_batches = run(*asked).json["metrics"], run(*asked, "--incremental").json["metrics"]
    assert in_batches["roc_auc"] == pytest.approx(in_memory["roc_auc"], abs=0.15)


ERRORS = {
    "an estimator without partial_fit": (
        ["--estimator", "random_forest"],
        (
            "--incremental: random_forest has no partial_fit, it learns from all rows at once. "
            "Use mlp or naive_bayes or sgd, or a class that has it."
        ),
    ),
    "the default estimator": (
        ["--estimator", "hist_gradient_boosting"],
        "--incremental: hist_gradient_boosting has no",
    ),
    "folds": (["--cv", "3"], "--incremental and --cv: each fold would take passes of its own over all rows."),
    "a pipeline": (
        ["--pipeline", "mine:make"],
        "--incremental and --pipeline: a pipeline learns from all rows at once.",
    ),
    "no epoch": (["--epochs", "0"], "--epochs must be 1 or more, not 0."),
    "early stopping": (
        ["--param", "early_stopping=true"],
        "--incremental: sgd can't learn in batches so: early_stopping should be False with partial_fit",
    ),
}


@pytest.mark.parametrize("case", ERRORS)
def test_is_refused_before_anything_is_read(train: Any, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.services.training.train_incrementally.open_dataset_table", None)
    options, message = ERRORS[case]
    outcome = train(*options)
    assert outcome.err.startswith(message)
    assert (outcome.code, outcome.out, "\n" in outcome.err) == (1, "", False)
    assert (RegisteredModel.objects.count(), ModelVersion.objects.count()) == (0, 0)
    assert AuditEvent.objects.exclude(verb="dataset_added").count() == 0


def test_a_search_is_refused(train: Any, tmp_path: Path) -> None:
    (tmp_path / "space.json").write_text('{"alpha": [0.1]}')
    outcome = train("--search", "grid", "--search-space", tmp_path / "space.json")
    assert outcome.err.startswith("--incremental and --search: each fold would take passes of its own")


def test_epochs_go_with_incremental_alone(run: Run, departures_v1: DatasetVersion) -> None:
    outcome = run("train_model", "late", *ASKED[:-1], "--epochs", "2")
    assert outcome.err == "--epochs goes with --incremental: how often to learn from all rows."
