"""What lies in storage and belongs to no row: left behind, or of a version that the database lacks."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice

from catalog.models import AuditEvent
from catalog.services.integrity.check_run import Run
from catalog.services.integrity.findings import UNTOUCHED_FOR, Action, Kind, Repair
from catalog.services.integrity.inventory import Inventory
from catalog.services.integrity.row_batches import BATCH
from catalog.storage.keys import Place, place_of

Left = tuple[str, datetime]
Folder = tuple[str, list[Left]]


def check_orphans(run: Run) -> None:
    """After all rows were gone through: what is left of the listing, once it is a day old.

    While the bucket tells of versions that the database lacks, nothing but what was purged is sure to be an orphan.
    """
    if run.inventory is None:
        return
    lacking = _lacking(run, run.inventory)
    for (owner, name), counts in sorted(lacking.items()):
        _add_lacking(run, owner, name, counts)
    for folders in _batches(run.inventory.left_by_folder()):
        purged = _purged(folders)
        for folder, left in folders:
            if folder in purged or not _tells_of_rows(left):
                _add_orphans(run, _old(run, left), is_certain=folder in purged or not lacking)


def _lacking(run: Run, inventory: Inventory) -> dict[tuple[str, str], Counter[str]]:
    """By what it is about, what the manifests of no row tell of."""
    lacking: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for folders in _batches(inventory.left_by_folder()):
        purged = _purged(folders)
        for folder, left in folders:
            if folder not in purged and _tells_of_rows(left):
                _count(lacking, _old(run, left))
    return lacking


def _old(run: Run, left: Sequence[Left]) -> list[str]:
    return [key for key, modified in left if modified <= run.now - UNTOUCHED_FOR]


def _batches(folders: Iterable[Folder]) -> Iterator[list[Folder]]:
    folders = iter(folders)
    while batch := list(islice(folders, BATCH)):
        yield batch


def _purged(folders: Sequence[Folder]) -> set[str]:
    """Those of the folders whose versions were deleted for good. One query."""
    places = {folder: place for folder, left in folders if (place := place_of(left[0][0])) and place.number}
    names = {place.name for place in places.values()}
    events = AuditEvent.objects.filter(verb=AuditEvent.Verb.PURGED, object_name__in=names)
    purged = set(events.values_list("object_type", "object_name", "version_number")) if names else set()
    return {
        folder
        for folder, place in places.items()
        if place.kind != "prediction" and (place.owner, place.name, place.number) in purged
    }


def _tells_of_rows(left: Sequence[Left]) -> bool:
    """Whether a manifest lies in the folder."""
    return any((place := place_of(key)) and place.is_manifest for key, _ in left)


def _count(lacking: dict[tuple[str, str], Counter[str]], keys: Sequence[str]) -> None:
    """What a folder tells of: one version, one receipt, or events."""
    places = [place for key in keys if (place := place_of(key))]
    for place in places:
        if place.kind == "event":
            lacking[_group(place)]["event"] += 1
    if others := [place for place in places if place.kind != "event"]:
        what = "receipt" if others[0].receipt else others[0].kind if others[0].number is None else "version"
        lacking[_group(others[0])][what] += 1


def _group(place: Place) -> tuple[str, str]:
    """Events of receipts are counted together: each is about another."""
    return place.owner, "" if place.kind == "event" and place.owner == "prediction" else place.name


def _add_orphans(run: Run, keys: Sequence[str], *, is_certain: bool) -> None:
    for key, found in run.reader.stats(keys).items():
        if found is None:
            continue  # removed meanwhile
        repair, to_do = None, "It was not stored by the catalog: move it elsewhere, or delete it by hand"
        if found.upload_token and is_certain:
            repair = Repair(Action.REMOVE, run.uri(key), key, token=found.upload_token)
            to_do = "verify_catalog --repair --yes removes it"
        elif found.upload_token:
            to_do = "It may be of a version that the database lacks: rebuild_catalog first"
        run.add(Kind.ORPHAN, run.uri(key), "belongs to no row", to_do, repair)


def _add_lacking(run: Run, owner: str, name: str, counts: Counter[str]) -> None:
    told = ", ".join(f"{count:,} {what}{'' if count == 1 else 's'}" for what, count in sorted(counts.items()))
    where = f"{'model' if owner == 'prediction' else owner} {name}" if name else "receipts"
    run.add(
        Kind.NOT_IN_DATABASE,
        where,
        f"{told} in storage, not in the database",
        "rebuild_catalog shows what it would restore",
    )
