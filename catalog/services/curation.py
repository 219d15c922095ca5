"""What people decide about versions besides aliases: notes, model cards, archive and trash."""

from django.db import transaction
from django.utils import timezone

from catalog.exceptions import InvalidRequest, NotReady
from catalog.models import AuditEvent, Dataset, ModelVersion, RegisteredModel
from catalog.services.audit import record_event

CARD_FIELDS = ("description", "intended_use", "limitations")


def archive(*, version: ModelVersion, actor: str, reason: str = "") -> ModelVersion:
    """Take the version out of use. Raises InvalidRequest while an alias points to it, NotReady unless it is ready."""
    with transaction.atomic():
        version = _locked(version)
        _require(version, ModelVersion.Status.READY, "archived")
        _require_no_alias(version, "archived")
        version.archived_at = timezone.now()
        return _moved(version, AuditEvent.Verb.ARCHIVED, "READY", actor, reason)


def restore(*, version: ModelVersion, actor: str, reason: str = "") -> ModelVersion:
    """Out of the trash into the archive, or out of the archive into use. Raises NotReady for any other version."""
    with transaction.atomic():
        version = _locked(version)
        before = version.state
        if before == "TRASHED":
            version.trashed_at = None
        elif before == "ARCHIVED":
            version.archived_at = None
        else:
            raise NotReady(f"{version.reference} is {before}: only archived and trashed versions can be restored.")
        return _moved(version, AuditEvent.Verb.RESTORED, before, actor, reason)


def move_to_trash(*, version: ModelVersion, actor: str, reason: str = "") -> ModelVersion:
    """Hide an archived version that nothing uses; its object stays until the trash is purged.

    Raises NotReady unless it is archived, InvalidRequest when predictions refer to it.
    """
    with transaction.atomic():
        version = _locked(version)
        _require(version, "ARCHIVED", "moved to the trash; archive it first")
        used = version.predictions.count()
        if used:
            receipts = "1 prediction receipt refers" if used == 1 else f"{used} prediction receipts refer"
            raise InvalidRequest(f"{version.reference} can't be deleted: {receipts} to it.")
        version.trashed_at = timezone.now()
        return _moved(version, AuditEvent.Verb.TRASHED, "ARCHIVED", actor, reason)


def write_notes(*, version: ModelVersion, notes: str, actor: str) -> ModelVersion:
    """Replace the version's notes."""
    with transaction.atomic():
        version = _locked(version)
        version.notes = notes
        version.save(update_fields=["notes"])
        record_event(verb=AuditEvent.Verb.ANNOTATED, subject=version, actor=actor, to_value="notes")
    return version


def describe_model(
    *, model: RegisteredModel, description: str, intended_use: str, limitations: str, actor: str
) -> RegisteredModel:
    """Replace what people write in the model's card."""
    with transaction.atomic():
        model = RegisteredModel.objects.select_for_update().get(pk=model.pk)
        model.description, model.intended_use, model.limitations = description, intended_use, limitations
        model.save(update_fields=CARD_FIELDS)
        record_event(verb=AuditEvent.Verb.ANNOTATED, subject=model, actor=actor, to_value="model card")
    return model


def describe_dataset(*, dataset: Dataset, description: str, actor: str) -> Dataset:
    """Replace the dataset's description."""
    with transaction.atomic():
        dataset = Dataset.objects.select_for_update().get(pk=dataset.pk)
        dataset.description = description
        dataset.save(update_fields=["description"])
        record_event(verb=AuditEvent.Verb.ANNOTATED, subject=dataset, actor=actor, to_value="description")
    return dataset


def _locked(version: ModelVersion) -> ModelVersion:
    """The version under its model's lock, which changes of aliases take too."""
    RegisteredModel.objects.select_for_update().get(pk=version.registered_model_id)
    return ModelVersion.objects.select_related("registered_model").get(pk=version.pk)


def _require(version: ModelVersion, state: str, to_be: str) -> None:
    if version.state != state:
        raise NotReady(f"{version.reference} is {version.state}: only a version that is {state} can be {to_be}.")


def _require_no_alias(version: ModelVersion, to_be: str) -> None:
    aliases = version.alias_names
    if aliases:
        raise InvalidRequest(
            f"{version.reference} can't be {to_be} while it holds the alias {', '.join(aliases)}: move that first."
        )


def _moved(version: ModelVersion, verb: AuditEvent.Verb, before: str, actor: str, reason: str) -> ModelVersion:
    version.save(update_fields=["archived_at", "trashed_at"])
    record_event(verb=verb, subject=version, actor=actor, from_value=before, to_value=version.state, reason=reason)
    return version
