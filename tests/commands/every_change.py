"""Each command that changes something, and what has to be there before it: of a catalog with `late:1` in production."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction

from catalog.models import IndexedMetric, Job, ModelVersion
from catalog.services.datasets.add_dataset import add_dataset
from catalog.services.exchange.export_version import export_version
from catalog.services.jobs.decisions import cancel_job
from catalog.services.registry.aliases import promote
from catalog.services.registry.curation import archive, move_to_trash
from catalog.services.serving.serving_tokens import create_token
from catalog.services.uploads.add_version import add_version
from tests.hostile_models import fitted, skops_bytes
from tests.ml.artifacts.inspection.test_examine import neighbors
from tests.services.integrity.catalogs import another, path_of
from tests.services.integrity.rebuilds import empty_database
from tests.services.jobs.workers import queue_job
from tests.services.snapshots import departures
from tests.uploading import write_model

DUMMY = ("train_model", "late", "--dataset=departures", "--target=late", "--estimator=dummy")
Prepare = Callable[[ModelVersion, Path, Any], object]


@dataclass(frozen=True)
class Change:
    """`words` are the command's, with {folder} in place of the test's folder; `writes` in how many transactions."""

    words: tuple[str, ...]
    writes: int
    prepare: Prepare = lambda version, folder, settings: None


def second(version: ModelVersion, folder: Path, settings: Any) -> ModelVersion:
    return another(version)


def in_production(version: ModelVersion, folder: Path, settings: Any) -> None:
    another(version)
    promote(reference="late:2", alias="production", reason="better", actor="ada")


def archived(version: ModelVersion, folder: Path, settings: Any) -> None:
    archive(version=another(version), actor="ada")


def trashed(version: ModelVersion, folder: Path, settings: Any) -> None:
    move_to_trash(version=another(version), actor="ada")


def table(version: ModelVersion, folder: Path, settings: Any) -> None:
    departures().head(50).to_csv(folder / "new.csv", index=False)


def unused(version: ModelVersion, folder: Path, settings: Any) -> Any:
    table(version, folder, settings)
    return add_dataset(name="unused", source=str(folder / "new.csv"), actor="ada").version


def unused_in_trash(version: ModelVersion, folder: Path, settings: Any) -> None:
    move_to_trash(version=unused(version, folder, settings), actor="ada")


def quarantined(version: ModelVersion, folder: Path, settings: Any) -> None:
    add_version(name="iris", source=write_model(folder, neighbors()), actor="ada")


def model_file(version: ModelVersion, folder: Path, settings: Any) -> None:
    write_model(folder, skops_bytes(fitted("tree")), "churn_v3.skops")


def plot(version: ModelVersion, folder: Path, settings: Any) -> None:
    (folder / "plot.svg").write_text("<svg/>")


def exported(version: ModelVersion, folder: Path, settings: Any) -> None:
    settings.CATALOG["MANIFEST_KEY"] = "k" * 32
    export_version(version=another(version), folder=str(folder / "out"), actor="ada")


def doubted(version: ModelVersion, folder: Path, settings: Any) -> None:
    checks = [{"code": "leak", "sentence": "It leaks."}]
    another(version, report={**version.report, "checks": checks})


def token(version: ModelVersion, folder: Path, settings: Any) -> None:
    create_token(name="shop", actor="ada")


def queued(version: ModelVersion, folder: Path, settings: Any) -> Job:
    """Its number is 1."""
    return queue_job(estimator="dummy")


def cancelled(version: ModelVersion, folder: Path, settings: Any) -> None:
    cancel_job(job=queued(version, folder, settings), actor="ada")


def without_search(version: ModelVersion, folder: Path, settings: Any) -> None:
    IndexedMetric.objects.all().delete()


def elsewhere(version: ModelVersion, folder: Path, settings: Any) -> None:
    """The storage is another one now."""
    path_of("").rename(folder / "before")


def forgotten(version: ModelVersion, folder: Path, settings: Any) -> None:
    with transaction.atomic():
        empty_database()


CHANGES = {
    "add_dataset": Change(("add_dataset", "new", "{folder}/new.csv"), 4, table),
    "add_version": Change(("add_version", "churn", "{folder}/churn_v3.skops"), 4, model_file),
    "approve_version": Change(("approve_version", "iris:1", "--by", "bob"), 2, quarantined),
    "archive_version": Change(("archive_version", "late:2"), 2, second),
    "attach": Change(("attach", "late:1", "{folder}/plot.svg"), 2, plot),
    "copy_version": Change(("copy_version", "late:1", "late-eu"), 4),
    "create_token": Change(("create_token", "shop"), 2),
    "delete_dataset": Change(("delete_dataset", "unused:1"), 2, unused),
    "delete_version": Change(("delete_version", "late:2"), 2, second),
    "evaluate": Change(("evaluate", "late:1", "--dataset", "departures:1", "--include-training-rows"), 3),
    "export": Change(("export", "late:1", "{folder}/out"), 2),
    "fetch": Change(("fetch", "late:1", "--output", "{folder}/model.joblib"), 2),
    "import_models": Change(("import_models", "{folder}", "--yes"), 4, model_file),
    "import_version": Change(("import_version", "{folder}/out", "--name", "delays"), 4, exported),
    "job --cancel": Change(("job", "1", "--cancel"), 1, queued),
    "job --retry": Change(("job", "1", "--retry"), 2, cancelled),
    "move_objects": Change(("move_objects", "{folder}/before", "--yes"), 0, elsewhere),
    "mute_check": Change(("mute_check", "late:2", "leak", "--reason", "known before"), 2, doubted),
    "note": Change(("note", "late:1", "seen by sales"), 2),
    "predict": Change(("predict", "late:1", "-i", "dataset:departures"), 2),
    "predict --background": Change(("predict", "late:1", "-i", "dataset:departures", "--background"), 2),
    "predict --output": Change(("predict", "late:1", "-i", "dataset:departures", "-o", "{folder}/out.csv"), 3),
    "promote": Change(("promote", "late:2", "--reason", "better"), 3, second),
    "purge_trash": Change(("purge_trash", "--older-than", "0d", "--yes"), 2, trashed),
    "rebuild_catalog": Change(("rebuild_catalog", "--yes"), 1, forgotten),
    "reject_version": Change(("reject_version", "iris:1", "--reason", "unknown"), 2, quarantined),
    "rename_model": Change(("rename_model", "late", "later"), 2),
    "restore_dataset": Change(("restore_dataset", "unused:1"), 2, unused_in_trash),
    "restore_version": Change(("restore_version", "late:2"), 2, archived),
    "revoke_token": Change(("revoke_token", "shop"), 2, token),
    "rollback": Change(("rollback", "late", "--reason", "worse"), 3, in_production),
    "tag": Change(("tag", "late:1", "stage=eu"), 2),
    "train_model": Change(DUMMY, 3),
    "train_model --alias": Change((*DUMMY, "--alias", "production", "--reason", "try"), 5),
    "train_model --background": Change((*DUMMY, "--background"), 2),
    "verify_catalog --repair": Change(("verify_catalog", "--repair", "--yes"), 1, without_search),
}
