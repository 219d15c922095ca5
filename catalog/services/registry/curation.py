"""What people decide about versions besides aliases: notes, model cards, archive and trash."""

from typing import Any, TypeVar, cast

from django.db import transaction
from django.utils import timezone

from catalog.exceptions import InvalidRequest, NotReady
from catalog.models import AuditEvent, Dataset, DatasetVersion, ModelVersion, RegisteredModel
from catalog.services.persistence.audit import record_event

Row = TypeVar("Row", bound=Dataset | DatasetVersion | ModelVersion | RegisteredModel)
Version = TypeVar("Version", bound=DatasetVersion | ModelVersion)
CARD_FIELDS = ("description", "intended_use", "limitations")
SHOWN_USERS = 5


def archive(*, version: ModelVersion, actor: str, reason: str = "") -> ModelVersion:
    """Take the version out of use. Raises InvalidRequest while an alias points to it, NotReady unless it is ready."""
    with transaction.atomic():
        version = lock_version(version)
        if version.state != ModelVersion.Status.READY:
            raise NotReady(f"{version.reference} is {version.state}: only a version that is READY can be archived.")
        _require_no_alias(version, "archived")
        return _change_state(version, AuditEvent.Verb.ARCHIVED, actor, reason, archived_at=timezone.now())


def restore(*, version: Version, actor: str, reason: str = "") -> Version:
    """Out of the trash, as it was before; or out of the archive into use. Raises NotReady for any other version.

    A model version whose dataset lies in the trash stays there: InvalidRequest says so.
    """
    with transaction.atomic():
        trained_on = version.dataset_version if isinstance(version, ModelVersion) else None
        data = _lock_row(trained_on) if trained_on else None  # datasets are locked first, by everybody
        version = lock_version(version)
        if version.state not in {version.State.ARCHIVED, version.State.TRASHED}:
            raise NotReady(
                f"{version.reference} is {version.state}: only what is archived or in the trash can be restored."
            )
        if version.state == version.State.ARCHIVED:
            return _change_state(version, AuditEvent.Verb.RESTORED, actor, reason, archived_at=None)
        if data is not None and data.trashed_at:
            raise InvalidRequest(
                f"{version.reference} was trained on {data.reference}, which is in the trash. "
                f"Restore that first: manage.py restore_dataset {data.reference}"
            )
        return _change_state(version, AuditEvent.Verb.RESTORED, actor, reason, trashed_at=None)


def move_to_trash(*, version: Version, actor: str, reason: str = "") -> Version:
    """Hide a version that nothing uses; its object stays until the trash is purged, and restore() brings it back.

    Raises NotReady while it is being written, InvalidRequest when aliases, receipts or model versions refer to it.
    """
    with transaction.atomic():
        version = lock_version(version)
        if version.state == version.State.TRASHED:
            raise NotReady(f"{version.reference} is in the trash already.")
        if version.state == version.State.PENDING:
            raise NotReady(
                f"{version.reference} is PENDING: it is being written. If its process has died, "
                "`manage.py verify_catalog --repair --yes` sees to it."
            )
        if isinstance(version, ModelVersion):
            _require_no_alias(version, "deleted")
        if used := used_by(version):
            is_in_use = isinstance(version, ModelVersion) and version.state == version.State.READY
            instead = f" Archive it instead: manage.py archive_version {version.reference}" if is_in_use else ""
            raise InvalidRequest(f"{version.reference} can't be deleted: {used}.{instead}")
        return _change_state(version, AuditEvent.Verb.TRASHED, actor, reason, trashed_at=timezone.now())


def used_by(version: DatasetVersion | ModelVersion) -> str:
    """What refers to the version, for the end of a message; empty when nothing does.

    A model version that lies in the trash itself does not keep its dataset out of it.
    """
    uses = []
    if isinstance(version, DatasetVersion):
        trained = version.model_versions.filter(trashed_at=None)
        if count := trained.count():
            shown = trained.select_related("registered_model").only("number", "registered_model__name").order_by("pk")
            names = ", ".join(user.reference for user in shown[:SHOWN_USERS])
            more = f" and {count - SHOWN_USERS:,} more" if count > SHOWN_USERS else ""
            uses.append(f"{names}{more} {'was' if count == 1 else 'were'} trained on it")
        if measured := version.evaluations.count():
            uses.append(f"{measured:,} {'evaluation was' if measured == 1 else 'evaluations were'} measured on it")
    if receipts := version.predictions.count():
        refer = "prediction receipt refers" if receipts == 1 else "prediction receipts refer"
        uses.append(f"{receipts:,} {refer} to it")
    return ", and ".join(uses)


def write_notes(*, version: Version, notes: str, actor: str) -> Version:
    """Replace the version's notes."""
    with transaction.atomic():
        version = lock_version(version)
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


def lock_version(version: Version) -> Version:
    """The version as it is now, locked until the caller's transaction ends; raises NotReady when it is gone.

    A model version is locked with its model, which changes of aliases lock too.
    """
    if isinstance(version, ModelVersion):
        RegisteredModel.objects.select_for_update().get(pk=version.registered_model_id)
    return _lock_row(version)


def lock_in_use(version: Version) -> Version:
    """Within a transaction that makes something refer to the version: it can't go to the trash meanwhile.

    Raises NotReady when it is there already. Where several are locked, datasets come first.
    """
    version = _lock_row(version)
    if version.trashed_at:
        raise NotReady(f"{version.reference} was moved to the trash meanwhile. Restore it, or choose another version.")
    return version


def _lock_row(version: Version) -> Version:
    parent = "registered_model" if isinstance(version, ModelVersion) else "dataset"
    rows = type(version)._default_manager.select_related(parent).select_for_update(of=("self",))
    row = rows.filter(pk=version.pk).first()
    if row is None:
        raise NotReady(f"{version.reference} was deleted for good meanwhile.")
    return cast(Version, row)


def change_fields(row: Row, verb: AuditEvent.Verb, actor: str, *, changes: dict[str, Any], **event: str) -> Row:
    """Set the fields of the locked row, save them, and record that in the caller's transaction."""
    for name, value in changes.items():
        setattr(row, name, value)
    row.save(update_fields=list(changes))
    record_event(verb=verb, subject=row, actor=actor, changes=changes, **event)
    return row


def _require_no_alias(version: ModelVersion, to_be: str) -> None:
    aliases = version.alias_names
    if aliases:
        raise InvalidRequest(
            f"{version.reference} can't be {to_be} while it holds the alias {', '.join(aliases)}: move that first."
        )


def _change_state(version: Version, verb: AuditEvent.Verb, actor: str, reason: str, **changes: Any) -> Version:
    before = version.state
    for name, value in changes.items():
        setattr(version, name, value)
    return change_fields(
        version, verb, actor, changes=changes, from_value=before, to_value=version.state, reason=reason
    )
