"""The trash emptied for good: first the rows, then what lies in storage. Numbers are never used again."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from operator import attrgetter

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone

from catalog.changes import one_by_one
from catalog.exceptions import NotReady, ObjectMissing, StorageError
from catalog.models import AuditEvent, DatasetVersion, ModelVersion, UnstoredManifest
from catalog.progress import Progress
from catalog.services.persistence.audit import record_event
from catalog.services.persistence.manifests import evaluation_key
from catalog.services.registry.attachments import attached_files
from catalog.services.registry.curation import lock_version, used_by
from catalog.storage.interface import catalog_storage
from catalog.storage.keys import failed_beside, manifest_beside

Version = DatasetVersion | ModelVersion
KEPT_IN_TRASH = timedelta(days=30)


@dataclass(frozen=True)
class Purged:
    """`kept` says by reference why a version stays in the trash although it is old enough; `remaining` are addresses
    of objects that should have been deleted and are still there."""

    versions: list[Version] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)
    remaining: list[str] = field(default_factory=list)

    @property
    def size_bytes(self) -> int:
        return sum(version.size_bytes for version in self.versions)


def purgeable(*, older_than: timedelta = KEPT_IN_TRASH) -> Purged:
    """What purge_trash() would delete now. Changes nothing."""
    purged = Purged()
    for version in _trashed_before(timezone.now() - older_than):
        if used := _still_used_by(version, purged.versions):
            purged.kept[version.reference] = used
        else:
            purged.versions.append(version)
    return purged


def purge_trash(*, actor: str, older_than: timedelta = KEPT_IN_TRASH, progress: Progress | None = None) -> Purged:
    """Delete for good what has been in the trash for longer than `older_than`. Raises StorageError.

    Each version's row goes first, with its event, then its objects: killed in between, this leaves objects that
    belong to no row, which verify_catalog finds. After the first object that can't be deleted no further row goes.
    A version whose object carries the token of another write stays as it is, in the trash.
    """
    progress, limit, purged = progress or Progress(), timezone.now() - older_than, Purged()
    versions = _trashed_before(limit)
    with progress.step("purge", total=len(versions), unit="versions"):
        for version in one_by_one(versions, attrgetter("reference")):
            progress.advance(1)
            if foreign := _foreign_objects(version):
                purged.kept[version.reference] = f"{' and '.join(foreign)} carries a token that is not the version's"
                purged.remaining.extend(foreign)
                continue
            evaluations = _evaluation_keys(version)
            try:
                _delete_row(version, limit, actor)
            except ProtectedError:
                purged.kept[version.reference] = used_by(version) or "something refers to it"
            except NotReady:
                continue  # restored, or purged by somebody else, a moment ago
            else:
                purged.versions.append(version)
                _delete_objects(version, purged, evaluations)
    return purged


def _evaluation_keys(version: Version) -> list[str]:
    """Of the manifests that go with the version."""
    if isinstance(version, DatasetVersion):
        return []
    return [evaluation_key(evaluation) for evaluation in version.evaluations.select_related("model_version")]


def _trashed_before(limit: datetime) -> Sequence[Version]:
    """Model versions before datasets, which they refer to."""
    models = ModelVersion.objects.for_listing().select_related("registered_model")
    datasets = DatasetVersion.objects.select_related("dataset").defer("schema", "profile", "first_rows")
    return list(chain.from_iterable(rows.filter(trashed_at__lte=limit).order_by("pk") for rows in (models, datasets)))


def _still_used_by(version: Version, purgeable: Sequence[Version]) -> str:
    """What keeps the version, besides versions that go before it."""
    if used := used_by(version):
        return used
    if isinstance(version, ModelVersion):
        return ""
    leaving = {model.reference for model in purgeable if isinstance(model, ModelVersion)}
    trained = version.model_versions.select_related("registered_model").only("number", "registered_model__name")
    users = [model.reference for model in trained.order_by("pk") if model.reference not in leaving]
    return f"{', '.join(users)}, which stays in the trash, was trained on it" if users else ""


def _foreign_objects(version: Version) -> list[str]:
    """Addresses of the version's objects that don't carry its token; those of a failed write may be another's."""
    if version.status == version.Status.FAILED:
        return []
    storage, foreign = catalog_storage(), []
    for key in (version.stored_key, manifest_beside(version.stored_key)):
        with suppress(ObjectMissing):
            if storage.stat(key).upload_token != version.upload_token:
                foreign.append(storage.uri(key))
    return foreign


def _delete_row(version: Version, limit: datetime, actor: str) -> None:
    """The row with what waits to be stored of it. Raises ProtectedError while anything refers to it."""
    with transaction.atomic():
        version = lock_version(version)
        if version.trashed_at is None or version.trashed_at > limit:
            raise NotReady("it was taken out of the trash meanwhile")
        record_event(
            verb=AuditEvent.Verb.PURGED,
            subject=version,
            actor=actor,
            from_value=version.state,
            reason=f"In the trash since {version.trashed_at:%Y-%m-%d %H:%M}",
        )
        UnstoredManifest.objects.filter(key=failed_beside(version.stored_key)).delete()
        version.delete()


def _delete_objects(version: Version, purged: Purged, evaluations: Sequence[str]) -> None:
    """The manifest first: without it, no rebuild takes what is left for a version."""
    storage, key = catalog_storage(), version.stored_key
    try:
        purged.remaining.extend(storage.uri(own) for own in evaluations if not _delete_whoever_wrote_it(own))
        attached = attached_files(version) if isinstance(version, ModelVersion) else []
        tokens = {manifest_beside(key): version.upload_token, **{file.key: file.upload_token for file in attached}}
        for own_key, token in {**tokens, key: version.upload_token}.items():
            is_gone = storage.delete_own(own_key, upload_token=token)
            if not is_gone and version.status != version.Status.FAILED:
                purged.remaining.append(storage.uri(own_key))
        if version.status == version.Status.FAILED and not _delete_whoever_wrote_it(failed_beside(key)):
            purged.remaining.append(storage.uri(failed_beside(key)))
    except StorageError as error:
        done = ", ".join(row.reference for row in purged.versions)
        raise StorageError(
            f"{done} left the catalog, but not all objects of {version.reference} could be deleted, and nothing "
            f"after it was purged. `manage.py verify_catalog` finds what is left. {error}"
        ) from error


def _delete_whoever_wrote_it(key: str) -> bool:
    """The manifest of a failed version is stored by whoever comes next, with a token that is not in the row."""
    try:
        return catalog_storage().delete_own(key, upload_token=catalog_storage().stat(key).upload_token)
    except ObjectMissing:
        return True
