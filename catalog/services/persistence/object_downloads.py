"""Handing out stored objects to people, each time audited."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from django.db import transaction

from catalog.changes import tell_kept, under_way
from catalog.exceptions import InvalidRequest, NotReady
from catalog.models import AuditEvent, DatasetVersion, ModelVersion, Prediction
from catalog.progress import Progress
from catalog.services.persistence.audit import record_event
from catalog.services.persistence.verified import BoundedFile, open_verified
from catalog.services.registry.attachments import AttachedFile, find_attached
from catalog.storage.addresses import check_destination, publish, spooled
from catalog.storage.digests import path_sha256, require_digest
from catalog.storage.interface import catalog_storage
from catalog.temporary_files import temporary_file


@dataclass(frozen=True)
class Download:
    """`url` is a presigned address that is good for five minutes; empty when the site has to stream the file itself."""

    url: str
    key: str
    file_name: str


def download(*, subject: ModelVersion | DatasetVersion | Prediction, actor: str) -> Download:
    """Raises NotReady for what is not stored."""
    name = _file_name(subject)
    _record(subject, actor)
    return Download(catalog_storage().download_url(subject.stored_key, file_name=name), subject.stored_key, name)


def fetch_file(
    *, version: ModelVersion | DatasetVersion, target: str = "", actor: str, progress: Progress | None = None
) -> str:
    """Put the version's file, verified, at `target`, a path or s3://bucket/key; without one beside the caller, under a
    name that nothing has there. Returns where it is.

    Raises NotReady, InvalidRequest, DigestMismatch or StorageError; nothing is at `target` then that was not before.
    When the event can't be recorded, the file is there all the same.
    """
    target = _free_target(target, _file_name(version))
    with open_verified(version, progress or Progress()) as cached, spooled(cached.handle) as copy, _writing(target):
        publish(copy, target)
    _record(version, actor)
    return target


def download_attached(*, version: ModelVersion, name: str, actor: str) -> Download:
    """Raises NotFound."""
    file = find_attached(version, name)
    shown = f"{str(version).replace(':', '-v')}-{file.name}"
    with transaction.atomic():
        record_event(verb=AuditEvent.Verb.DOWNLOADED, subject=version, actor=actor, to_value=file.name[:63])
    return Download(catalog_storage().download_url(file.key, file_name=shown), file.key, shown)


def fetch_attached(
    *, version: ModelVersion, name: str, target: str = "", actor: str, progress: Progress | None = None
) -> tuple[AttachedFile, str]:
    """Put an attached file, verified, at `target`, as fetch_file() does."""
    file = find_attached(version, name)
    target = _free_target(target, file.name)
    with _writing(target):
        put_attached(version, file, target, progress or Progress())
    with transaction.atomic():
        record_event(verb=AuditEvent.Verb.DOWNLOADED, subject=version, actor=actor, to_value=file.name[:63])
    return file, target


def put_attached(version: ModelVersion, file: AttachedFile, target: str, progress: Progress) -> None:
    """The attached file, verified, at `target`. Raises DigestMismatch, StorageError."""
    storage = catalog_storage()
    described = f"The file {file.name} of {version.reference}, {storage.uri(file.key)},"
    with temporary_file() as copy:
        bounded = BoundedFile(copy, file.size_bytes, described)
        bounded.check(storage.stat(file.key).size_bytes)
        with progress.step("download", total=file.size_bytes, unit="bytes"):
            storage.fetch(file.key, cast(IO[bytes], bounded), on_bytes=progress.advance)
        copy.flush()
        require_digest(path_sha256(Path(copy.name)), file.sha256, described.removesuffix(","))
        publish(Path(copy.name), target)


@contextmanager
def _writing(target: str) -> Iterator[None]:
    """Whoever interrupts is told what became of it."""
    with under_way(f"write {target}"):
        yield
    tell_kept(lambda: [f"{target} is written"])


def _free_target(target: str, name: str) -> str:
    """Where it goes: what is named, or the file's name here, if nothing has that."""
    if not target and Path(name).exists():
        raise InvalidRequest(f"There is a file {name} here. Say with `output` where this one shall go.")
    check_destination(target or name)
    return target or name


def _file_name(subject: ModelVersion | DatasetVersion | Prediction) -> str:
    """As people's machines call the file. Raises NotReady when there is none."""
    if subject.status != subject.Status.READY or not subject.stored_key:
        raise NotReady(f"{subject} has no file in the catalog.")
    kind = subject.stored_key.rpartition("/")[2].rpartition("-")[2]  # data.csv, model.joblib, predictions.csv
    return f"{str(subject).replace(':', '-v')}-{kind}"


def _record(subject: ModelVersion | DatasetVersion | Prediction, actor: str) -> None:
    with transaction.atomic():
        record_event(verb=AuditEvent.Verb.DOWNLOADED, subject=subject, actor=actor, to_value=subject.stored_sha256[:12])
