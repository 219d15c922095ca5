"""verify_catalog: whether the database, the objects and their manifests agree."""

from datetime import datetime

from django.db.models import Max
from django.utils import timezone

from catalog.exceptions import AccessDenied
from catalog.models import AuditEvent, Dataset, Evaluation, Job, RegisteredModel, UnstoredManifest
from catalog.progress import Progress
from catalog.services.integrity.check_run import CheckRun
from catalog.services.integrity.findings import FindingKind, Repair, RepairAction, RowKey, Verified
from catalog.services.integrity.inventory import Inventory
from catalog.services.integrity.left_behind import left_behind
from catalog.services.integrity.object_reader import ObjectReader
from catalog.services.integrity.row_batches import all_rows, batches, manifest_key
from catalog.services.integrity.verify.alias_checks import check_aliases
from catalog.services.integrity.verify.manifest_checks import check_manifests
from catalog.services.integrity.verify.object_checks import STORED_MODELS, check_stored
from catalog.services.integrity.verify.orphan_checks import check_orphans, check_unfinished_uploads
from catalog.services.integrity.verify.published_checks import check_published
from catalog.services.integrity.verify.replay_checks import check_predictions
from catalog.services.integrity.verify.search_checks import check_search
from catalog.services.prediction.loading import check_code_permitted

NOT_LISTED = (
    "These keys may not list, so objects that belong to no row, and uploads that were cut off, were not looked for; "
    "`manage.py check_storage` shows which permission that takes."
)


def verify_catalog(
    *,
    deep: bool = False,
    replay: bool = False,
    code_from_version: bool = False,
    now: datetime | None = None,
    progress: Progress | None = None,
) -> Verified:
    """All that does not agree. Changes nothing. Raises StorageError when the storage can't be read, NotPermitted.

    `deep` hashes every byte of every object, `replay` scores the models' samples again, with `code_from_version` by the
    copies of their own modules. Storage is listed first and
    each row read before its object, so that what others write meanwhile is not taken for a fault.
    """
    check_code_permitted(code_from_version)
    progress = progress or Progress()
    behind = left_behind()
    last_waiting = UnstoredManifest.objects.aggregate(last=Max("pk"))["last"] or 0
    with ObjectReader(progress) as reader, Inventory() as inventory:
        run = CheckRun(reader, inventory, now or timezone.now(), progress, deep)
        run.verified.notes += [behind] if behind else []
        _list_objects(run)
        for parent in (Dataset, RegisteredModel):
            _check_manifests_of(run, parent)
        for model in STORED_MODELS:
            check_stored(run, model)
        for record in (Evaluation, AuditEvent):
            _check_manifests_of(run, record)
        check_aliases(run)
        with progress.step("check published aliases"):
            check_published(run)
        _check_waiting(run, last_waiting)
        run.belongs(Job.objects.exclude(input_key="").values_list("input_key", flat=True).iterator())
        check_orphans(run)
        check_unfinished_uploads(run)
        if replay:
            check_predictions(run, code_from_version=code_from_version)
    return run.verified


def _list_objects(run: CheckRun) -> None:
    try:
        with run.progress.step("list"):
            if run.inventory:
                run.inventory.fill(run.reader.storage.walk(""))
    except AccessDenied:
        run.inventory = None
        run.verified.notes.append(NOT_LISTED)


def _check_manifests_of(run: CheckRun, model: type[Dataset | RegisteredModel | Evaluation | AuditEvent]) -> None:
    """Rows that have a manifest and no object."""
    rows, plural = all_rows(model), str(model._meta.verbose_name_plural)
    with run.progress.step(f"check {plural}", total=rows.count(), unit="rows"):
        for batch in batches(rows):
            check_manifests(run, batch)
            check_search(run, batch)
            run.belongs(manifest_key(row) for row in batch)
            run.verified.checked[plural] += len(batch)
            run.progress.advance(len(batch))


def _check_waiting(run: CheckRun, last: int) -> None:
    """Manifests that waited when the run began and wait still: nobody is about to store them."""
    for pk, key in UnstoredManifest.objects.filter(pk__lte=last).order_by("pk").values_list("pk", "key"):
        run.add(
            FindingKind.MANIFEST_WAITING,
            key,
            "is kept in the database, because it could not be stored when it was made",
            "verify_catalog --repair --yes stores it; a later change may do so too",
            Repair(RepairAction.STORE_WAITING, run.uri(key), key, RowKey(UnstoredManifest, pk)),
        )
        run.belongs([key])
