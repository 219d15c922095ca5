"""Whether the parts of predictions lie where their receipts say, and which runs in parts nobody goes on with."""

from collections.abc import Sequence

from catalog.exceptions import counted
from catalog.models import Prediction
from catalog.services.integrity.check_run import CheckRun
from catalog.services.integrity.findings import GIVEN_UP_AFTER, UNTOUCHED_FOR, FindingKind, Repair, RepairAction, RowKey
from catalog.services.integrity.row_batches import describe
from catalog.storage.interface import StoredObject
from catalog.storage.keys import part_of_receipt

RESTORE = "Restore it from the bucket's earlier versions or a backup: docs/operations.md, Coming back"


def check_parts(run: CheckRun, receipts: Sequence[Prediction]) -> None:
    for receipt in receipts:
        if receipt.is_unfinished:
            _check_unfinished(run, receipt)
        elif receipt.status == Prediction.Status.READY and receipt.part_keys:
            _check_stored(run, receipt)


def _check_stored(run: CheckRun, receipt: Prediction) -> None:
    """Each part has the recorded size and the run's token; with --deep, every byte of it is hashed."""
    stored = run.reader.stats(receipt.part_keys)
    unchanged = []
    for key, part in zip(receipt.part_keys, receipt.parts, strict=True):
        if problem := _problem(receipt, part["bytes"], stored[key]):
            kind = FindingKind.OBJECT_CHANGED if stored[key] else FindingKind.OBJECT_MISSING
            run.add(kind, describe(receipt), f"{run.uri(key)} {problem}", RESTORE)
        else:
            unchanged.append((key, part))
    run.verified.checked["objects"] += len(receipt.parts)
    run.belongs(receipt.part_keys)
    changed = _check_bytes(run, receipt, unchanged) if run.deep else set()
    for key, _ in unchanged:
        present = stored[key]
        if key not in changed and receipt.upload_token and present and not present.upload_token:
            run.tokenless[receipt].append(key)


def _problem(receipt: Prediction, size_bytes: int, stored: StoredObject | None) -> str:
    """What is wrong with the object of a part; empty when nothing is."""
    if stored is None:
        return "is not there"
    if stored.size_bytes != size_bytes:
        return f"has {counted(stored.size_bytes, 'byte')}, expected {size_bytes:,}"
    is_own = stored.upload_token in {"", receipt.upload_token}
    return "" if is_own else "was stored by another write, not by this run"


def _check_bytes(run: CheckRun, receipt: Prediction, parts: Sequence[tuple[str, dict[str, str]]]) -> set[str]:
    """The keys of those that hold other bytes, or are gone by now."""
    digests = run.reader.digests(key for key, _ in parts)
    for key, part in parts:
        if digests[key] not in {None, part["sha256"]}:
            what = f"{run.uri(key)} has the SHA-256 {digests[key]}, expected {part['sha256']}"
            run.add(FindingKind.OBJECT_CHANGED, describe(receipt), what, RESTORE)
    run.verified.checked["bytes"] += sum(int(part["bytes"]) for _, part in parts)
    return {key for key, part in parts if digests[key] != part["sha256"]}


def _check_unfinished(run: CheckRun, receipt: Prediction) -> None:
    """Its parts belong to it, done or not: a worker stores one before the run knows of it."""
    if receipt.stored_key:
        name, file_format = receipt.stored_key, receipt.options["format"]
        run.belongs(part_of_receipt(name, number, file_format) for number in range(receipt.part_count))
    if receipt.holder or receipt.created_at > run.now - UNTOUCHED_FOR:
        return
    to_do, repair = "Mend its input, and predict it anew", None
    if receipt.can_go_on:
        to_do = f"manage.py predict --resume {receipt.pk} goes on with it"
    if receipt.created_at <= run.now - GIVEN_UP_AFTER:
        repair = Repair(RepairAction.MARK_FAILED, describe(receipt), row=RowKey.of(receipt))
        to_do += "; verify_catalog --repair --yes gives it up"
    what = f"{receipt.status} since {receipt.created_at:%Y-%m-%d %H:%M} UTC, a run in parts that is not finished"
    run.add(FindingKind.ABANDONED, describe(receipt), what, to_do, repair)
