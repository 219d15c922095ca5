"""verify_catalog: whether the database, the objects and their manifests agree."""

from datetime import datetime

from django.db.models import Max
from django.utils import timezone

from catalog.exceptions import AccessDenied
from catalog.models import AuditEvent, Dataset, Job, RegisteredModel, UnstoredManifest
from catalog.progress import Progress
from catalog.services.integrity.check_run import Run
from catalog.services.integrity.findings import Action, Kind, Repair, Verified
from catalog.services.integrity.inventory import Inventory
from catalog.services.integrity.object_reading import Reader
from catalog.services.integrity.row_batches import all_rows, batches, manifest_key
from catalog.services.integrity.verify.alias_checks import check_aliases
from catalog.services.integrity.verify.manifest_checks import check_manifests
from catalog.services.integrity.verify.object_checks import STORED_MODELS, check_stored
from catalog.services.integrity.verify.orphans import check_orphans
from catalog.services.integrity.verify.replay_checks import check_predictions

NOT_LISTED = (
    "These keys may not list, so objects that belong to no row were not looked for; `manage.py check_storage` shows "
    "which permission that takes."
)


def verify_catalog(
    *, deep: bool = False, replay: bool = False, now: datetime | None = None, progress: Progress | None = None
) -> Verified:
    """All that does not agree. Changes nothing. Raises StorageError when the storage can't be read.

    `deep` hashes every byte of every object, `replay` scores the models' samples again. Storage is listed first and
    each row read before its object, so that what others write meanwhile is not taken for a fault.
    """
    progress = progress or Progress()
    last_waiting = UnstoredManifest.objects.aggregate(last=Max("pk"))["last"] or 0
    with Reader(progress) as reader, Inventory() as inventory:
        run = Run(reader, inventory, now or timezone.now(), progress, deep)
        _list_objects(run)
        for parent in (Dataset, RegisteredModel):
            _check_told(run, parent)
        for model in STORED_MODELS:
            check_stored(run, model)
        _check_told(run, AuditEvent)
        check_aliases(run)
        _check_waiting(run, last_waiting)
        run.belongs(Job.objects.exclude(input_key="").values_list("input_key", flat=True).iterator())
        check_orphans(run)
        if replay:
            check_predictions(run)
    return run.found


def _list_objects(run: Run) -> None:
    try:
        with run.progress.step("list"):
            if run.inventory:
                run.inventory.fill(run.reader.storage.walk(""))
    except AccessDenied:
        run.inventory = None
        run.found.notes.append(NOT_LISTED)


def _check_told(run: Run, model: type[Dataset | RegisteredModel | AuditEvent]) -> None:
    """Rows that have a manifest and no object."""
    rows, plural = all_rows(model), str(model._meta.verbose_name_plural)
    with run.progress.step(f"check {plural}", total=rows.count(), unit="rows"):
        for batch in batches(rows):
            check_manifests(run, batch)
            run.belongs(manifest_key(row) for row in batch)
            run.found.checked[plural] += len(batch)
            run.progress.advance(len(batch))


def _check_waiting(run: Run, last: int) -> None:
    """Manifests that waited when the run began and wait still: nobody is about to store them."""
    for pk, key in UnstoredManifest.objects.filter(pk__lte=last).order_by("pk").values_list("pk", "key"):
        run.add(
            Kind.MANIFEST_WAITING,
            key,
            "is kept in the database, because it could not be stored when it was made",
            "verify_catalog --repair --yes stores it; a later change may do so too",
            Repair(Action.STORE_WAITING, run.uri(key), key, UnstoredManifest._meta.label, pk),
        )
        run.belongs([key])
