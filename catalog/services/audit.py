"""Audit events: written in the transaction of the change that they tell of."""

from catalog.models import AuditEvent, DatasetVersion, ModelVersion


def record_event(
    *,
    verb: AuditEvent.Verb,
    version: DatasetVersion | ModelVersion,
    actor: str,
    alias: str = "",
    from_value: str = "",
    to_value: str = "",
    reason: str = "",
) -> AuditEvent:
    is_model = isinstance(version, ModelVersion)
    return AuditEvent.objects.create(
        verb=verb,
        actor=actor,
        object_type=AuditEvent.ObjectType.MODEL if is_model else AuditEvent.ObjectType.DATASET,
        object_name=version.registered_model.name if is_model else version.dataset.name,
        version_number=version.number,
        alias=alias,
        from_value=from_value,
        to_value=to_value,
        reason=reason,
    )
