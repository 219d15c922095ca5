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
    if isinstance(version, ModelVersion):
        kind, name = AuditEvent.ObjectType.MODEL, version.registered_model.name
    else:
        kind, name = AuditEvent.ObjectType.DATASET, version.dataset.name
    return AuditEvent.objects.create(
        verb=verb,
        actor=actor,
        object_type=kind,
        object_name=name,
        version_number=version.number,
        alias=alias,
        from_value=from_value,
        to_value=to_value,
        reason=reason,
    )
