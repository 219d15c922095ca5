"""What people decide about versions besides aliases: notes, model cards, archive and trash."""

from typing import Any, TypeVar

from django.db import transaction
from django.utils import timezone

from catalog.exceptions import InvalidRequest, NotReady
from catalog.models import AuditEvent, Dataset, DatasetVersion, ModelVersion, RegisteredModel
from catalog.services.audit import record_event

Row = TypeVar("Row", Dataset, DatasetVersion, ModelVersion, RegisteredModel)
CARD_FIELDS = ("description", "intended_use", "limitations")


def archive(*, version: ModelVersion, actor: str, reason: str = "") -> ModelVersion:
    """Take the version out of use. Raises InvalidRequest while an alias points to it, NotReady unless it is ready."""
    with transaction.atomic():
        version = locked_version(version)
        _require(version, ModelVersion.Status.READY, "archived")
        _require_no_alias(version, "archived")
        return _moved(version, AuditEvent.Verb.ARCHIVED, actor, reason, archived_at=timezone.now())


def restore(*, version: ModelVersion, actor: str, reason: str = "") -> ModelVersion:
    """Out of the trash into the archive, or out of the archive into use. Raises NotReady for any other version."""
    with transaction.atomic():
        version = locked_version(version)
        if version.state == "TRASHED":
            return _moved(version, AuditEvent.Verb.RESTORED, actor, reason, trashed_at=None)
        if version.state == "ARCHIVED":
            return _moved(version, AuditEvent.Verb.RESTORED, actor, reason, archived_at=None)
        raise NotReady(f"{version.reference} is {version.state}: only archived and trashed versions can be restored.")


def move_to_trash(*, version: ModelVersion, actor: str, reason: str = "") -> ModelVersion:
    """Hide an archived version that nothing uses; its object stays until the trash is purged.

    Raises NotReady unless it is archived, InvalidRequest when predictions refer to it.
    """
    with transaction.atomic():
        version = locked_version(version)
        _require(version, "ARCHIVED", "moved to the trash; archive it first")
        used = version.predictions.count()
        if used:
            receipts = "1 prediction receipt refers" if used == 1 else f"{used} prediction receipts refer"
            raise InvalidRequest(f"{version.reference} can't be deleted: {receipts} to it.")
        return _moved(version, AuditEvent.Verb.TRASHED, actor, reason, trashed_at=timezone.now())


def write_notes(*, version: ModelVersion, notes: str, actor: str) -> ModelVersion:
    """Replace the version's notes."""
    with transaction.atomic():
        version = locked_version(version)
        return change_fields(version, AuditEvent.Verb.ANNOTATED, actor, to_value="notes", changes={"notes": notes})


def describe_model(
    *, model: RegisteredModel, description: str, intended_use: str, limitations: str, actor: str
) -> RegisteredModel:
    """Replace what people write in the model's card."""
    card = dict(zip(CARD_FIELDS, (description, intended_use, limitations), strict=True))
    with transaction.atomic():
        model = RegisteredModel.objects.select_for_update().get(pk=model.pk)
        return change_fields(model, AuditEvent.Verb.ANNOTATED, actor, to_value="model card", changes=card)


def describe_dataset(*, dataset: Dataset, description: str, actor: str) -> Dataset:
    """Replace the dataset's description."""
    with transaction.atomic():
        dataset = Dataset.objects.select_for_update().get(pk=dataset.pk)
        changes = {"description": description}
        return change_fields(dataset, AuditEvent.Verb.ANNOTATED, actor, to_value="description", changes=changes)


def locked_version(version: ModelVersion) -> ModelVersion:
    """The version under its model's lock, which changes of aliases take too; within a transaction."""
    RegisteredModel.objects.select_for_update().get(pk=version.registered_model_id)
    return ModelVersion.objects.select_related("registered_model").get(pk=version.pk)


def change_fields(row: Row, verb: AuditEvent.Verb, actor: str, *, changes: dict[str, Any], **event: str) -> Row:
    """Set the fields of the locked row, save them, and record that in the caller's transaction."""
    for name, value in changes.items():
        setattr(row, name, value)
    row.save(update_fields=list(changes))
    record_event(verb=verb, subject=row, actor=actor, changes=changes, **event)
    return row


def _require(version: ModelVersion, state: str, to_be: str) -> None:
    if version.state != state:
        raise NotReady(f"{version.reference} is {version.state}: only a version that is {state} can be {to_be}.")


def _require_no_alias(version: ModelVersion, to_be: str) -> None:
    aliases = version.alias_names
    if aliases:
        raise InvalidRequest(
            f"{version.reference} can't be {to_be} while it holds the alias {', '.join(aliases)}: move that first."
        )


def _moved(version: ModelVersion, verb: AuditEvent.Verb, actor: str, reason: str, **changes: Any) -> ModelVersion:
    before = version.state
    for name, value in changes.items():
        setattr(version, name, value)
    return change_fields(
        version, verb, actor, changes=changes, from_value=before, to_value=version.state, reason=reason
    )
