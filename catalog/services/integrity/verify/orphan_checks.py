"""What lies in storage and belongs to no row: left behind, or of a version that the database lacks."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from catalog.exceptions import StorageError, StorageUnreachable
from catalog.models import AuditEvent
from catalog.services.integrity.check_run import CheckRun
from catalog.services.integrity.findings import UNTOUCHED_FOR, FindingKind, Repair, RepairAction
from catalog.services.integrity.inventory import Inventory, LeftFolder
from catalog.services.integrity.row_batches import batched
from catalog.storage.keys import Place, place_of


@dataclass(frozen=True, order=True)
class Owner:
    """What manifests tell of; events of receipts, each about another, are counted together under no name."""

    kind: str
    name: str

    @classmethod
    def of(cls, place: Place) -> Self:
        is_of_receipts = place.kind == "event" and place.owner == AuditEvent.ObjectType.PREDICTION
        return cls(place.owner, "" if is_of_receipts else place.name)

    def __str__(self) -> str:
        kind = AuditEvent.ObjectType.MODEL if self.kind == AuditEvent.ObjectType.PREDICTION else self.kind
        return f"{kind} {self.name}" if self.name else "receipts"


def check_orphans(run: CheckRun) -> None:
    """After all rows were gone through: what is left of the listing, once it is a day old.

    While the bucket tells of versions that the database lacks, nothing but what was purged is sure to be an orphan.
    """
    if run.inventory is None:
        return
    lacking = _count_lacking(run, run.inventory)
    for owner, counts in sorted(lacking.items()):
        _add_lacking(run, owner, counts)
    for folders in batched(run.inventory.left_by_folder()):
        purged = _purged_paths(folders)
        for folder in folders:
            if folder.path in purged or not _has_manifest(folder):
                _add_orphans(run, _old_keys(run, folder), is_certain=folder.path in purged or not lacking)


def _count_lacking(run: CheckRun, inventory: Inventory) -> dict[Owner, Counter[str]]:
    """What the manifests of no row tell of."""
    lacking: dict[Owner, Counter[str]] = defaultdict(Counter)
    for folders in batched(inventory.left_by_folder()):
        purged = _purged_paths(folders)
        for folder in folders:
            if folder.path not in purged and _has_manifest(folder):
                _count(lacking, _old_keys(run, folder))
    return lacking


def _old_keys(run: CheckRun, folder: LeftFolder) -> list[str]:
    return [left.key for left in folder.objects if left.modified <= run.now - UNTOUCHED_FOR]


def _purged_paths(folders: Sequence[LeftFolder]) -> set[str]:
    """Those of the folders whose versions were deleted for good. One query."""
    places = {folder.path: place for folder in folders if (place := place_of(folder.objects[0].key)) and place.number}
    names = {place.name for place in places.values()}
    events = AuditEvent.objects.filter(verb=AuditEvent.Verb.PURGED, object_name__in=names)
    purged = set(events.values_list("object_type", "object_name", "version_number")) if names else set()
    return {
        path
        for path, place in places.items()
        if place.kind != "prediction" and (place.owner, place.name, place.number) in purged
    }


def _has_manifest(folder: LeftFolder) -> bool:
    return any((place := place_of(left.key)) and place.is_manifest for left in folder.objects)


def _count(lacking: dict[Owner, Counter[str]], keys: Iterable[str]) -> None:
    """What a folder tells of: one version, one receipt, or events."""
    places = [place for key in keys if (place := place_of(key))]
    for place in places:
        if place.kind == "event":
            lacking[Owner.of(place)]["event"] += 1
    if others := [place for place in places if place.kind != "event"]:
        what = (
            others[0].kind
            if others[0].kind == "evaluation"
            else "receipt"
            if others[0].receipt
            else others[0].kind
            if others[0].number is None
            else "version"
        )
        lacking[Owner.of(others[0])][what] += 1


def _add_orphans(run: CheckRun, keys: Sequence[str], *, is_certain: bool) -> None:
    for key, stored in run.reader.stats(keys).items():
        if stored is None:
            continue  # removed meanwhile
        repair, to_do = None, "It was not stored by the catalog: move it elsewhere, or delete it by hand"
        if stored.upload_token and is_certain:
            repair = Repair(RepairAction.REMOVE, run.uri(key), key, token=stored.upload_token)
            to_do = "verify_catalog --repair --yes removes it"
        elif stored.upload_token:
            to_do = "It may be of a version that the database lacks: rebuild_catalog first"
        run.add(FindingKind.ORPHAN, run.uri(key), "belongs to no row", to_do, repair)


def _add_lacking(run: CheckRun, owner: Owner, counts: Counter[str]) -> None:
    counted = ", ".join(f"{count:,} {what}{'' if count == 1 else 's'}" for what, count in sorted(counts.items()))
    what = f"{counted} in storage, not in the database"
    run.add(FindingKind.NOT_IN_DATABASE, str(owner), what, "rebuild_catalog shows what it would restore")


def check_unfinished_uploads(run: CheckRun) -> None:
    """Uploads in parts, and copies on their way into a folder, that whoever began them has not ended for a day."""
    if run.inventory is None:
        return
    try:
        uploads = list(run.reader.storage.unfinished_uploads())
    except StorageUnreachable:
        raise
    except StorageError as error:
        run.verified.notes.append(f"Uploads that were cut off were not looked for. {error}")
        return
    for upload in uploads:
        if upload.begun > run.now - UNTOUCHED_FOR:
            continue
        what, to_do = f"was begun on {upload.begun:%Y-%m-%d} and not ended", "verify_catalog --repair --yes aborts it"
        repair: Repair | None = None
        if place_of(upload.key):
            repair = Repair(RepairAction.ABORT_UPLOAD, run.uri(upload.key), upload.key, token=upload.upload_id)
        else:
            to_do = "It was not begun by the catalog: abort it by hand, or leave it to whom it belongs"
        run.add(FindingKind.UNFINISHED_UPLOAD, run.uri(upload.key), what, to_do, repair)
