"""Whether the files that are attached to versions lie in storage as they were stored."""

from collections.abc import Sequence

from catalog.exceptions import counted
from catalog.models import ModelVersion
from catalog.services.integrity.check_run import CheckRun
from catalog.services.integrity.findings import FindingKind
from catalog.services.integrity.verify.part_checks import RESTORE
from catalog.services.registry.attachments import AttachedFile, attached_files
from catalog.storage.interface import StoredObject


def check_attachments(run: CheckRun, versions: Sequence[ModelVersion]) -> None:
    """Each has the recorded size and token; with --deep, every byte of it is hashed."""
    files = [(version, file) for version in versions for file in attached_files(version)]
    if not files:
        return
    stored = run.reader.stats(file.key for _, file in files)
    sound = []
    for version, file in files:
        if problem := _problem(file, stored[file.key]):
            kind = FindingKind.OBJECT_CHANGED if stored[file.key] else FindingKind.OBJECT_MISSING
            run.add(kind, version.reference, f"{run.uri(file.key)} {problem}", RESTORE)
        else:
            sound.append((version, file))
    run.verified.checked["objects"] += len(files)
    run.belongs(file.key for _, file in files)
    if run.deep:
        _check_bytes(run, sound)


def _problem(file: AttachedFile, stored: StoredObject | None) -> str:
    """What is wrong with the object; empty when nothing is."""
    if stored is None:
        return "is not there"
    if stored.size_bytes != file.size_bytes:
        return f"has {counted(stored.size_bytes, 'byte')}, expected {file.size_bytes:,}"
    return "" if stored.upload_token in {"", file.upload_token} else "was stored by another write"


def _check_bytes(run: CheckRun, files: Sequence[tuple[ModelVersion, AttachedFile]]) -> None:
    digests = run.reader.digests(file.key for _, file in files)
    for version, file in files:
        if digests[file.key] not in {None, file.sha256}:
            what = f"{run.uri(file.key)} has the SHA-256 {digests[file.key]}, expected {file.sha256}"
            run.add(FindingKind.OBJECT_CHANGED, version.reference, what, RESTORE)
    run.verified.checked["bytes"] += sum(file.size_bytes for _, file in files)
