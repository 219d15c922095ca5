"""A small catalog in which everything agrees, and a clock that can be moved."""

import hashlib
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from catalog.models import AuditEvent, Dataset, ModelVersion, Prediction, UnstoredManifest
from catalog.progress import Progress
from catalog.services.integrity.findings import Finding, Verified
from catalog.services.integrity.repair import repair_catalog
from catalog.services.integrity.verify.verify_catalog import verify_catalog
from catalog.services.persistence.manifests import (
    manifest_text,
    queue_event_manifest,
    queue_parent_manifest,
    store_queued_manifest,
)
from catalog.services.persistence.numbers import take_number
from catalog.services.persistence.writes import store_version
from catalog.services.prediction.predict import predict
from catalog.services.prediction.prediction_request import PredictionRequest
from catalog.services.registry.aliases import promote
from catalog.services.search.search_index import add_to_index
from catalog.storage.interface import catalog_storage, new_upload_token, put_bytes
from catalog.storage.keys import event_manifest, manifest_beside, model_artifact, part_name
from catalog.storage.local import LocalCatalogStorage
from tests.services import snapshots
from tests.services.integrity.rebuilds import forget_events


def settle() -> None:
    """Store the manifests that a test's transaction, which is never committed, keeps waiting."""
    for kept in UnstoredManifest.objects.all():
        store_queued_manifest(kept)


def make_sound(version: ModelVersion) -> ModelVersion:
    """`late:1` in production, `departures:1`, and a receipt; storage says what the database says."""
    for event in AuditEvent.objects.all():
        queue_event_manifest(event)
    for parent in (version.registered_model, Dataset.objects.get(versions=version.dataset_version)):
        queue_parent_manifest(parent)
    promote(reference="late:1", alias="production", actor="ada")
    predict(request=PredictionRequest("late:1", "dataset:departures:1"), actor="ada")
    settle()
    return version


def later(**passed: float) -> datetime:
    return timezone.now() + timedelta(**passed)


def kinds(verified: Verified) -> list[str]:
    return [str(finding.kind) for finding in verified.findings]


def path_of(key: str) -> Path:
    return snapshots.location() / key


def flip(path: Path, part: float = 0.5) -> None:
    """Change one bit of the byte at this part of the file."""
    content = bytearray(path.read_bytes())
    content[int(part * (len(content) - 1))] ^= 1
    path.write_bytes(content)


def forge(path: Path, **changed: Any) -> None:
    """Change members of a manifest, and its digest with them."""
    values = json.loads(path.read_text())
    del values["manifest_sha256"]
    path.write_text(add_digest(json.dumps(values | changed, indent=1, ensure_ascii=False)))


def add_digest(text: str) -> str:
    """With the digest of the text as its last member."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    return text.removesuffix("\n}") + f',\n "manifest_sha256": "{digest}"\n}}'


def beside(row: Any) -> Path:
    return path_of(manifest_beside(row.stored_key))


def another(version: ModelVersion, *, status: str = "READY", **fields: Any) -> ModelVersion:
    """The next version of the same model, stored as the services store it; PENDING stays as it is then."""
    copied = {
        field.attname: getattr(version, field.attname)
        for field in version._meta.concrete_fields
        if field.name not in {"id", "created_at"}
    }
    with transaction.atomic():
        number = take_number(version.registered_model)
        key = model_artifact(version.registered_model.stored_name, number, version.sha256, "joblib")
        own = {"number": number, "artifact": key, "upload_token": new_upload_token(), "status": "PENDING"}
        row = ModelVersion.objects.create(**{**copied, **own, **fields})
        add_to_index([row])
    if status != "PENDING":
        path, verb = path_of(version.stored_key), AuditEvent.Verb.MODEL_TRAINED
        store_version(row, path, verb=verb, actor="ada", progress=Progress(), status=status)
    settle()
    return row


def in_parts(receipt: Prediction) -> Prediction:
    """The receipt as that of a run in two parts, with what such a run stores."""
    folder, token = receipt.stored_key.rpartition("/")[0], receipt.upload_token
    parts = [_stored_part(folder, number, token) for number in range(2)]
    content = json.dumps(parts).encode()
    path_of(receipt.stored_key).unlink()
    beside(receipt).unlink()
    receipt.output, receipt.parts, receipt.part_count = f"{folder}/_parts.json", parts, 2
    receipt.output_bytes, receipt.output_sha256 = len(content), hashlib.sha256(content).hexdigest()
    receipt.save()
    put_bytes(catalog_storage(), receipt.stored_key, content, upload_token=token)
    put_bytes(
        catalog_storage(), manifest_beside(receipt.stored_key), manifest_text(receipt).encode(), upload_token=token
    )
    return receipt


def _stored_part(folder: str, number: int, token: str) -> dict[str, Any]:
    content = f"prediction\n{number}\n".encode()
    put_bytes(catalog_storage(), f"{folder}/{part_name(number, 'csv')}", content, upload_token=token)
    sha256 = hashlib.sha256(content).hexdigest()
    of = {"name": part_name(number, "csv"), "source": f"{number}.csv", "etag": ""}
    return of | {"bytes": len(content), "sha256": sha256, "rows": 1}


def repair_all(now: datetime | None = None) -> list[str]:
    """What was repaired, and why what was not; afterwards the rest of the findings is what is found again."""
    verified = verify_catalog(now=now)
    done = repair_catalog(verified=verified, actor="ada", now=now)
    settle()
    good = [each.finding for each in done if not each.problem]
    assert verify_catalog(now=now).findings == [each for each in verified.findings if each not in good]
    return [f"{each.finding.repair}{each.problem and f': {each.problem}'}" for each in done]


def only_finding(**options: Any) -> Finding:
    (finding,) = verify_catalog(**options).findings
    return finding


def put_file(key: str, folder: Path, token: str = "t" * 32) -> Path:
    (folder / "left").write_bytes(b"left")
    LocalCatalogStorage(location=path_of("")).put(key, folder / "left", upload_token=token, sha256="")
    return path_of(key)


def stop_write(version: ModelVersion) -> ModelVersion:
    """As when the process is killed after storing object and manifest: without an event."""
    event = AuditEvent.objects.get(version_number=version.number)
    path_of(event_manifest("model", "late", event.pk, event.verb)).unlink()
    forget_events(pk=event.pk)
    ModelVersion.objects.filter(pk=version.pk).update(status="PENDING")
    return version
