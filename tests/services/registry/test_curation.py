"""Archive and trash: what may go where, what comes back, and what is recorded of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from catalog.exceptions import InvalidRequest, NotReady
from catalog.models import AuditEvent, DatasetVersion, ModelVersion, Prediction
from catalog.progress import Progress
from catalog.services.datasets.add_dataset import add_dataset
from catalog.services.prediction.predict import predict
from catalog.services.prediction.prediction_request import PredictionRequest
from catalog.services.registry.aliases import promote, roll_back
from catalog.services.registry.curation import archive, lock_in_use, move_to_trash, restore
from catalog.services.registry.references import get_dataset_version, get_model_version
from catalog.services.training.request import TrainingRequest
from catalog.services.training.train_model import train_model
from tests.factories import make_dataset, write_csv
from tests.services.snapshots import departures, later_version

RECEIPT = {
    "model_sha256": "0" * 64, "input_uri": "a.csv", "input_sha256": "0" * 64, "output_uri": "b.csv",
    "output_sha256": "0" * 64, "output_bytes": 1, "row_count": 1, "seconds": 1.0, "created_by": "ada",
}  # fmt: skip


def put_into_state(version: ModelVersion, state: str) -> ModelVersion:
    if state == "ARCHIVED":
        return archive(version=version, actor="ada")
    ModelVersion.objects.filter(pk=version.pk).update(status=state)
    return ModelVersion.objects.get(pk=version.pk)


@pytest.mark.parametrize("state", ["READY", "ARCHIVED", "FAILED", "REJECTED", "QUARANTINED"])
def test_a_version_comes_back_from_the_trash_as_it_was(late_v1: ModelVersion, state: str) -> None:
    trashed = move_to_trash(version=put_into_state(late_v1, state), actor="ada")
    assert trashed.state == "TRASHED"
    assert restore(version=trashed, actor="ada").state == state == ModelVersion.objects.get().state


@pytest.mark.parametrize("state", ["READY", "FAILED"])
def test_a_dataset_comes_back_from_the_trash_as_it_was(late_v1: ModelVersion, state: str) -> None:
    move_to_trash(version=late_v1, actor="ada")
    DatasetVersion.objects.update(status=state)
    trashed = move_to_trash(version=DatasetVersion.objects.get(), actor="ada")
    assert trashed.state == "TRASHED"
    assert restore(version=trashed, actor="ada").state == state == DatasetVersion.objects.get().state


def test_the_way_into_the_trash_and_back_is_one_event_each(late_v1: ModelVersion) -> None:
    trashed = move_to_trash(version=late_v1, actor="grace", reason="A mistake")
    restore(version=trashed, actor="ada", reason="It was none")
    back, there = AuditEvent.objects.all()[:2]
    assert (there.verb, there.actor, there.reason) == ("trashed", "grace", "A mistake")
    assert (there.from_value, there.to_value, list(there.changes)) == ("READY", "TRASHED", ["trashed_at"])
    assert (back.verb, back.actor, back.reason, back.changes) == (
        "restored",
        "ada",
        "It was none",
        {"trashed_at": None},
    )


@pytest.mark.parametrize(
    ("state", "message"),
    [("PENDING", "late:1 is PENDING: it is being written"), ("TRASHED", "late:1 is in the trash already")],
)
def test_what_is_being_written_or_trashed_is_not_moved(late_v1: ModelVersion, state: str, message: str) -> None:
    if state == "TRASHED":
        move_to_trash(version=late_v1, actor="ada")
    else:
        put_into_state(late_v1, state)
    with pytest.raises(NotReady, match=message):
        move_to_trash(version=late_v1, actor="ada")


def test_a_version_with_an_alias_says_which(late_v1: ModelVersion) -> None:
    promote(reference="late:1", alias="production", actor="ada")
    promote(reference="late:1", alias="staging", actor="ada")
    with pytest.raises(InvalidRequest, match=r"late:1 can't be deleted while it holds the alias production, staging: "):
        move_to_trash(version=late_v1, actor="ada")


def test_a_version_with_receipts_says_how_many(late_v1: ModelVersion) -> None:
    for _ in range(2):
        Prediction.objects.create(model_version=late_v1, **RECEIPT)
    with pytest.raises(InvalidRequest, match=r"late:1 can't be deleted: 2 prediction receipts refer to it\. Archive"):
        move_to_trash(version=late_v1, actor="ada")


def test_a_dataset_says_what_was_trained_and_predicted_on_it(late_v1: ModelVersion) -> None:
    later_version(late_v1)
    Prediction.objects.create(model_version=late_v1, input_dataset_version=late_v1.dataset_version, **RECEIPT)
    with pytest.raises(
        InvalidRequest,
        match=r"^departures:1 can't be deleted: late:1, late:2 were trained on it, and 1 prediction receipt refers",
    ):
        move_to_trash(version=late_v1.dataset_version, actor="ada")


def test_a_dataset_of_many_versions_names_the_first(late_v1: ModelVersion) -> None:
    for _ in range(6):
        later_version(late_v1)
    with pytest.raises(InvalidRequest, match=r"late:1, late:2, late:3, late:4, late:5 and 2 more were trained on it\."):
        move_to_trash(version=late_v1.dataset_version, actor="ada")


def test_a_version_stays_in_the_trash_while_its_dataset_is_there(late_v1: ModelVersion) -> None:
    trashed = move_to_trash(version=late_v1, actor="ada")
    move_to_trash(version=late_v1.dataset_version, actor="ada")
    with pytest.raises(InvalidRequest, match=r"departures:1, which is in the trash\. .* restore_dataset departures:1$"):
        restore(version=trashed, actor="ada")
    restore(version=late_v1.dataset_version, actor="ada")
    assert restore(version=trashed, actor="ada").state == "READY"


@pytest.mark.parametrize("state", ["READY", "FAILED", "PENDING"])
def test_only_what_is_archived_or_in_the_trash_is_restored(late_v1: ModelVersion, state: str) -> None:
    with pytest.raises(NotReady, match=f"late:1 is {state}: only what is archived or in the trash can be restored"):
        restore(version=put_into_state(late_v1, state), actor="ada")


def test_a_trashed_version_can_be_neither_named_nor_promoted(late_v1: ModelVersion) -> None:
    move_to_trash(version=late_v1, actor="ada")
    message = r"^late:1 is TRASHED\. Restore it \(manage\.py restore_version late:1\) or choose another version\.$"
    with pytest.raises(NotReady, match=message):
        get_model_version("late:1")
    with pytest.raises(NotReady, match="late:1 is TRASHED"):
        promote(reference="late:1", alias="staging", actor="ada")


def test_a_rollback_does_not_lead_to_a_trashed_version(late_v1: ModelVersion) -> None:
    later_version(late_v1)
    for number in (1, 2):
        promote(reference=f"late:{number}", alias="production", actor="ada")
    move_to_trash(version=late_v1, actor="ada")
    with pytest.raises(NotReady, match="late:1 is TRASHED"):
        roll_back(name="late", alias="production", actor="ada")


def test_a_trashed_dataset_can_not_be_named(late_v1: ModelVersion) -> None:
    move_to_trash(version=late_v1, actor="ada")
    move_to_trash(version=late_v1.dataset_version, actor="ada")
    with pytest.raises(
        NotReady, match=r"^departures:1 is TRASHED\. Restore it \(manage\.py restore_dataset departures:1\)"
    ):
        get_dataset_version("departures:1")


def test_the_bytes_of_a_trashed_dataset_are_a_new_version_when_they_are_added_again(
    late_v1: ModelVersion, tmp_path: Path
) -> None:
    move_to_trash(version=late_v1, actor="ada")
    move_to_trash(version=late_v1.dataset_version, actor="ada")
    source = str(write_csv(departures(), tmp_path))
    added = add_dataset(name="departures", source=source, actor="ada")
    assert (added.created, added.version.number, added.version.sha256) == (True, 2, late_v1.dataset_version.sha256)


@pytest.mark.both_databases
def test_nothing_new_refers_to_what_went_to_the_trash_meanwhile(late_v1: ModelVersion) -> None:
    assert lock_in_use(late_v1) == late_v1
    move_to_trash(version=late_v1, actor="ada")
    with pytest.raises(NotReady, match=r"late:1 was moved to the trash meanwhile\."):
        lock_in_use(late_v1)


class Meanwhile(Progress):
    """Somebody does something else just when a step begins."""

    def __init__(self, name: str, act: Callable[[], object]) -> None:
        super().__init__()
        self.name, self.act = name, act

    @contextmanager
    def step(self, name: str, *, total: int | None = None, unit: str = "") -> Iterator[None]:
        if name == self.name:
            self.act()
        with super().step(name, total=total, unit=unit):
            yield


@pytest.mark.both_databases
def test_a_version_that_goes_to_the_trash_while_it_predicts_gets_no_receipt(
    late_v1: ModelVersion, tmp_path: Path
) -> None:
    request = PredictionRequest("late:1", str(write_csv(departures(), tmp_path)))
    meanwhile = Meanwhile("predict", lambda: move_to_trash(version=late_v1, actor="grace"))
    with pytest.raises(NotReady, match=r"late:1 was moved to the trash meanwhile\."):
        predict(request=request, actor="ada", progress=meanwhile)
    assert not Prediction.objects.exists()


@pytest.mark.both_databases
def test_a_dataset_that_goes_to_the_trash_while_it_is_predicted_gets_no_receipt(late_v1: ModelVersion) -> None:
    ModelVersion.objects.update(dataset_version=None)
    request = PredictionRequest("late:1", "dataset:departures")
    meanwhile = Meanwhile("predict", lambda: move_to_trash(version=DatasetVersion.objects.get(), actor="grace"))
    with pytest.raises(NotReady, match=r"departures:1 was moved to the trash meanwhile\."):
        predict(request=request, actor="ada", progress=meanwhile)
    assert not Prediction.objects.exists()


@pytest.mark.both_databases
def test_a_dataset_that_goes_to_the_trash_while_it_is_trained_on_gets_no_version(
    late_v1: ModelVersion, tmp_path: Path
) -> None:
    data = make_dataset(tmp_path, name="cancer")
    request = TrainingRequest("tumour", "cancer", "diagnosis", estimator="dummy")
    meanwhile = Meanwhile("fit", lambda: move_to_trash(version=data, actor="grace"))
    with pytest.raises(NotReady, match=r"cancer:1 was moved to the trash meanwhile\."):
        train_model(request=request, actor="ada", progress=meanwhile)
    assert not ModelVersion.objects.filter(registered_model__name="tumour").exists()
