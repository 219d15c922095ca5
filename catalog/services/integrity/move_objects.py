"""Bringing a catalog's objects to another storage: copied, compared byte by byte, with the tokens of their rows."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from catalog.changes import tell_kept, tell_left
from catalog.exceptions import CatalogError, InvalidRequest, ObjectMissing, StorageUnreachable, StorageUnusable, counted
from catalog.models import DatasetVersion, ModelVersion, Prediction
from catalog.progress import Progress
from catalog.services.persistence.published_versions import LARGEST, event_of
from catalog.services.registry.attachments import attached_files
from catalog.storage.addresses import check_address, is_s3_uri
from catalog.storage.digests import file_sha256, require_digest, stored_sha256
from catalog.storage.folders import folder_at
from catalog.storage.interface import CatalogStorage, ListedObject, catalog_storage, new_upload_token, read_bytes
from catalog.storage.keys import manifest_beside, place_of
from catalog.temporary_files import temporary_file

GO_ON = "Run the command again: it goes on where it was."


@dataclass(frozen=True)
class Recorded:
    """What the row of an object says of it; of a manifest there is no digest."""

    upload_token: str
    sha256: str = ""


@dataclass
class Moved:
    """`problems` says by key why an object was not copied."""

    source: str
    target: str
    copied: int = 0
    present: int = 0
    size_bytes: int = 0
    problems: dict[str, str] = field(default_factory=dict)


def objects_to_move(*, source: str) -> Moved:
    """What move_objects() would read. Changes nothing. Raises InvalidRequest, StorageError."""
    folder = _source(source)
    moved = Moved(folder.uri(""), catalog_storage().uri(""))
    for entry in folder.walk(""):
        moved.copied += 1
        moved.size_bytes += entry.size_bytes
    return moved


def move_objects(*, source: str, progress: Progress | None = None) -> Moved:
    """Copy all objects below `source` to the catalog's storage under the same keys; nothing is deleted.

    What is there already with its token is compared alone, so a move that was interrupted goes on where it was. Raises
    InvalidRequest, and StorageUnreachable or StorageUnusable when one of the two can't be reached or used any more.
    """
    folder, progress = _source(source), progress or Progress()
    moved, recorded = Moved(folder.uri(""), catalog_storage().uri("")), dict(_recorded())
    last = ""
    tell_kept(lambda: [f"{counted(moved.copied, 'object')} copied"] if moved.copied else [])
    tell_left(lambda: [f"what comes after {last}" if last else "all objects"], advice=GO_ON)
    with progress.step("move", unit="bytes"):
        for entry in folder.walk(""):
            try:
                is_copied = _move(folder, entry, recorded.get(entry.key))
            except (StorageUnreachable, StorageUnusable) as error:
                raise type(error)(f"{error}{_copied_before(moved)}") from error
            except CatalogError as error:
                moved.problems[entry.key] = str(error)
                continue
            moved.copied += is_copied
            moved.present += not is_copied
            moved.size_bytes += entry.size_bytes
            progress.advance(entry.size_bytes)
            last = entry.key
    return moved


def _copied_before(moved: Moved) -> str:
    return f" Copied before: {counted(moved.copied, 'object')}. {GO_ON}" if moved.copied else ""


def _source(address: str) -> CatalogStorage:
    check_address(address)
    if is_s3_uri(address) and not address.endswith("/"):
        raise InvalidRequest(f"{address}: name a folder, ending in a slash.")
    if not is_s3_uri(address) and not Path(address).expanduser().is_dir():
        raise InvalidRequest(f"There is no folder {address}.")
    folder, storage = folder_at(address), catalog_storage()
    if folder.uri("").rstrip("/") == storage.uri("").rstrip("/"):
        raise InvalidRequest(f"{address} is where the catalog's objects lie. Set the new storage in .env first.")
    return folder


def _recorded() -> Iterator[tuple[str, Recorded]]:
    """By key, what rows say of the objects that are theirs."""
    files = DatasetVersion.objects.values_list("file", "upload_token", "sha256")
    artifacts = ModelVersion.objects.values_list("artifact", "upload_token", "sha256")
    outputs = Prediction.objects.exclude(output="").values_list("output", "upload_token", "output_sha256")
    for rows in (files, artifacts, outputs):
        for key, token, sha256 in rows.iterator():
            yield key, Recorded(token, sha256)
            yield manifest_beside(key), Recorded(token)
    for version in ModelVersion.objects.exclude(attachments=[]).select_related("registered_model").iterator():
        for file in attached_files(version):
            yield file.key, Recorded(file.upload_token, file.sha256)
    for receipt in Prediction.objects.exclude(output="").exclude(parts=[]).iterator():
        for key, part in zip(receipt.part_keys, receipt.parts, strict=True):
            yield key, Recorded(receipt.upload_token, part["sha256"])


def _move(folder: CatalogStorage, entry: ListedObject, recorded: Recorded | None) -> bool:
    """Whether it had to be copied. Raises DigestMismatch where bytes are not the recorded or the copied ones."""
    storage, key = catalog_storage(), entry.key
    if (place := place_of(key)) and place.alias:
        content = read_bytes(folder, key, most=LARGEST)
        return storage.publish(key, content, replaces=lambda present: event_of(present) < event_of(content))
    token = (recorded and recorded.upload_token) or folder.stat(key).upload_token or new_upload_token()
    with temporary_file() as copy:
        folder.fetch(key, copy)
        copy.flush()
        sha256 = file_sha256(copy)
        if recorded and recorded.sha256:
            require_digest(sha256, recorded.sha256, folder.uri(key))
        if is_absent := not _is_there(storage, key, token):
            storage.put(key, Path(copy.name), upload_token=token, sha256=sha256)
    require_digest(stored_sha256(storage, key), sha256, storage.uri(key))
    return is_absent


def _is_there(storage: CatalogStorage, key: str, token: str) -> bool:
    try:
        return storage.stat(key).upload_token == token
    except ObjectMissing:
        return False
