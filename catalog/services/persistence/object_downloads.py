"""Handing out stored objects to people, each time audited."""

from dataclasses import dataclass

from django.db import transaction

from catalog.exceptions import NotReady
from catalog.models import AuditEvent, DatasetVersion, ModelVersion, Prediction
from catalog.services.persistence.audit import record_event
from catalog.storage.interface import catalog_storage


@dataclass(frozen=True)
class Download:
    """`url` is a presigned address that is good for five minutes; empty when the site has to stream the file itself."""

    url: str
    key: str
    file_name: str


def download(*, subject: ModelVersion | DatasetVersion | Prediction, actor: str) -> Download:
    """Raises NotReady for what is not stored."""
    if subject.status != subject.Status.READY or not subject.stored_key:
        raise NotReady(f"{subject} has no file in the catalog.")
    key = subject.stored_key
    kind = key.rpartition("/")[2].rpartition("-")[2]  # data.csv, model.joblib, predictions.csv
    name = f"{str(subject).replace(':', '-v')}-{kind}"
    with transaction.atomic():
        record_event(verb=AuditEvent.Verb.DOWNLOADED, subject=subject, actor=actor, to_value=subject.stored_sha256[:12])
    return Download(catalog_storage().download_url(key, file_name=name), key, name)
