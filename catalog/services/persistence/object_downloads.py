"""Handing out stored objects to people, each time audited."""

from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from catalog.exceptions import InvalidRequest, NotReady
from catalog.models import AuditEvent, DatasetVersion, ModelVersion, Prediction
from catalog.progress import Progress
from catalog.services.persistence.audit import record_event
from catalog.services.persistence.verified import open_verified
from catalog.storage.addresses import check_destination, publish, spooled
from catalog.storage.interface import catalog_storage


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
    """
    name = _file_name(version)
    if not target and Path(name).exists():
        raise InvalidRequest(f"There is a file {name} here. Say with `output` where this one shall go.")
    target = target or name
    check_destination(target)
    with open_verified(version, progress or Progress()) as cached, spooled(cached.handle) as copy:
        publish(copy, target)
    _record(version, actor)
    return target


def _file_name(subject: ModelVersion | DatasetVersion | Prediction) -> str:
    """As people's machines call the file. Raises NotReady when there is none."""
    if subject.status != subject.Status.READY or not subject.stored_key:
        raise NotReady(f"{subject} has no file in the catalog.")
    kind = subject.stored_key.rpartition("/")[2].rpartition("-")[2]  # data.csv, model.joblib, predictions.csv
    return f"{str(subject).replace(':', '-v')}-{kind}"


def _record(subject: ModelVersion | DatasetVersion | Prediction, actor: str) -> None:
    with transaction.atomic():
        record_event(verb=AuditEvent.Verb.DOWNLOADED, subject=subject, actor=actor, to_value=subject.stored_sha256[:12])
