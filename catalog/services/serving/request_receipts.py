"""The receipt of what a server answered: its requests and predictions as one file, kept as every prediction is."""

import uuid
from datetime import datetime
from pathlib import Path

from django.db import transaction

from catalog.exceptions import DigestMismatch
from catalog.models import ModelVersion, Prediction
from catalog.progress import Progress
from catalog.services.persistence.writes import store_pending
from catalog.services.registry.curation import lock_in_use
from catalog.services.registry.references import find_model_version
from catalog.storage.digests import path_sha256
from catalog.storage.interface import catalog_storage, new_upload_token
from catalog.storage.keys import prediction_output


def record_requests(
    *, reference: str, sha256: str, path: Path, row_count: int, begun: datetime, ended: datetime, actor: str
) -> Prediction:
    """Keep a Parquet file of requests, each with its time and prediction.

    Parameters
    ----------
    reference : str
        The version that answered all of them, as `churn:3`.
    sha256 : str
        Of its artifact.
    path : Path
        The file, which holds the inputs and the predictions: the receipt names its digest for both.
    row_count : int
        How many rows it has.
    begun, ended : datetime
        When the first and the last of them were answered.
    actor : str
        Which server it was.

    Raises
    ------
    CatalogError
        StorageError when it can't be stored; NotFound, NotReady or DigestMismatch when the version is not there any
        more.
    """
    version = find_model_version(reference)
    if version.sha256 != sha256:
        raise DigestMismatch(f"{reference} is {version.sha256[:12]} in the catalog, and {sha256[:12]} answered.")
    receipt = _receipt(version, path, begun, ended)
    receipt.row_count, receipt.created_by = row_count, actor
    with transaction.atomic():
        lock_in_use(version)
        receipt.save(force_insert=True)
    store_pending(receipt, path, sha256=receipt.output_sha256, progress=Progress())
    return receipt


def _receipt(version: ModelVersion, path: Path, begun: datetime, ended: datetime) -> Prediction:
    identifier, digest = uuid.uuid4(), path_sha256(path)
    key = prediction_output(version.registered_model.name, version.number, str(identifier), "parquet")
    return Prediction(
        id=identifier,
        model_version=version,
        model_sha256=version.sha256,
        input_uri=f"requests from {begun:%Y-%m-%dT%H:%M:%SZ} to {ended:%Y-%m-%dT%H:%M:%SZ}",
        input_sha256=digest,
        output=key,
        output_uri=catalog_storage().uri(key),
        output_sha256=digest,
        output_bytes=path.stat().st_size,
        upload_token=new_upload_token(),
        seconds=round((ended - begun).total_seconds(), 4),
    )
