from typing import Any

import pytest

from catalog.exceptions import InvalidRequest, TrainingFailed
from catalog.models import Alias, AuditEvent, DatasetVersion, ModelVersion, RegisteredModel
from catalog.progress import Progress
from catalog.services.training import train_in_memory, train_incrementally
from catalog.services.training.request import TrainingRequest
from catalog.services.training.train_model import Trained, train_model

COMMON_REPORT = {
    "confusion_matrix", "roc", "precision_recall", "calibration", "sample", "importances", "importances_sampled",
    "left_out", "warnings", "search", "rows", "split", "request", "seconds", "checks",
}  # fmt: skip


def train(progress: Progress | None = None, guard: Any = lambda version: None, **fields: Any) -> Trained:
    asked = {"name": "late", "dataset": "departures", "target": "late", "estimator": "naive_bayes", **fields}
    return train_model(request=TrainingRequest(**asked), actor="ada", progress=progress, guard=guard)


class Steps(Progress):
    """Remembers the names of the steps, each once."""

    def step(self, name: str, **options: Any) -> Any:
        self.names = [*getattr(self, "names", []), *([] if name in getattr(self, "names", []) else [name])]
        return super().step(name, **options)


def test_the_steps_of_a_training_in_memory(departures_v1: DatasetVersion) -> None:
    steps = Steps()
    train(steps, cv=2)
    assert steps.names == [
        "download", "read", "fit", "evaluate", "cross-validate", "report", "importances", "check", "dump", "store"
    ]  # fmt: skip


def test_the_steps_of_a_training_in_batches(departures_v1: DatasetVersion) -> None:
    steps = Steps()
    train(steps, incremental=True)
    assert steps.names == [
        "download", "preprocess", "fit", "evaluate", "report", "importances", "check", "dump", "store"
    ]  # fmt: skip


@pytest.mark.parametrize("incremental", [False, True])
def test_both_ways_record_the_same_of_a_version(departures_v1: DatasetVersion, incremental: bool) -> None:
    version = train(incremental=incremental).version
    own = {"epochs"} if incremental else set()
    assert set(version.report) == COMMON_REPORT | own
    assert set(version.report["rows"]) == {"train", "test", "missing_target"} | ({"measured"} if incremental else own)
    assert version.signature["output"]["classes"] == [False, True]
    assert version.signature["inputs"][0]["categories"] is not None
    assert version.primary_value == version.metrics["balanced_accuracy"]["value"]
    assert (version.estimator, version.status, version.created_by) == ("naive_bayes", "READY", "ada")


def test_the_alias_is_promoted_with_the_training(departures_v1: DatasetVersion) -> None:
    trained = train(alias="staging")
    assert trained.promoted is not None
    assert Alias.objects.get(name="staging").model_version == trained.version


def test_a_guard_that_refuses_leaves_no_ready_version(departures_v1: DatasetVersion) -> None:
    def refuse(version: ModelVersion) -> None:
        raise InvalidRequest("The job is not ours any more.")

    with pytest.raises(InvalidRequest):
        train(guard=refuse)
    assert ModelVersion.objects.get().status == "FAILED"


class Refusing:
    """An estimator of one's own that does not like what it is given."""

    def fit(self, frame: Any, target: Any) -> Any:
        raise KeyError("no such thing\nand more")

    def predict(self, frame: Any) -> Any:
        return frame

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        return {}

    def set_params(self, **params: Any) -> Any:
        return self


def test_whatever_an_estimator_raises_is_one_line_and_leaves_nothing(departures_v1: DatasetVersion) -> None:
    with pytest.raises(TrainingFailed) as caught:
        train(pipeline=f"{__name__}:Refusing")
    assert str(caught.value) == f"{__name__}:Refusing could not be trained: KeyError: 'no such thing\\nand more'"
    assert not RegisteredModel.objects.exists()
    assert AuditEvent.objects.exclude(verb="dataset_added").count() == 0


def test_what_arrow_holds_of_the_table_is_free_before_the_fit(
    departures_v1: DatasetVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    released: list[bool] = []
    monkeypatch.setattr(train_in_memory.pa, "default_memory_pool", lambda: Pool(released))
    monkeypatch.setattr("sklearn.pipeline.Pipeline.fit", lambda self, frame, target: released.append(False))
    with pytest.raises(TrainingFailed):
        train()
    assert released == [True, False]


class Pool:
    def __init__(self, released: list[bool]) -> None:
        self.released = released

    def release_unused(self) -> None:
        self.released.append(True)


def test_importances_whose_time_is_up_are_told_as_a_sample(departures_v1: DatasetVersion, settings: Any) -> None:
    settings.CATALOG["IMPORTANCE_SECONDS"] = 0
    report = train().version.report
    assert report["importances_sampled"] == {"measured": 1, "columns": 5}
    assert len(report["importances"]) == 1


def test_importances_of_all_columns_are_no_sample(departures_v1: DatasetVersion) -> None:
    assert train().version.report["importances_sampled"] is None


@pytest.mark.parametrize("incremental", [False, True])
def test_a_refused_request_reads_nothing(
    departures_v1: DatasetVersion, monkeypatch: pytest.MonkeyPatch, incremental: bool
) -> None:
    for module in (train_in_memory, train_incrementally):
        monkeypatch.setattr(module, "open_dataset_table", lambda *given: pytest.fail("read"))
    with pytest.raises(InvalidRequest, match="has no parameter 'priorz'"):
        train(params={"priorz": None}, incremental=incremental)
