"""Audit events: written in the transaction of the change that they tell of, with Django's own log entry beside them."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.contenttypes.models import ContentType

from catalog.changes import tell_kept
from catalog.models import (
    AuditEvent,
    Dataset,
    DatasetVersion,
    Job,
    ModelVersion,
    Prediction,
    RegisteredModel,
    ServingToken,
)
from catalog.services.persistence.manifests import queue_event_manifest, queue_published_alias

Subject = Dataset | DatasetVersion | Job | ModelVersion | Prediction | RegisteredModel | ServingToken | AbstractBaseUser


def record_event(
    *,
    verb: AuditEvent.Verb,
    subject: Subject,
    actor: str,
    alias: str = "",
    from_value: str = "",
    to_value: str = "",
    reason: str = "",
    changes: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """The event; when `actor` is a user of the site, the admin's history shows it too.

    `changes` are the subject's fields that changed, with their new values: a rebuild replays them.
    """
    kind, name, number = identity(subject)
    event = AuditEvent.objects.create(
        verb=verb,
        actor=actor,
        object_type=kind,
        object_name=name,
        version_number=number,
        alias=alias,
        from_value=from_value,
        to_value=to_value,
        reason=reason,
        changes=dict(changes or {}),
    )
    tell_kept(partial(_kept, event))
    queue_event_manifest(event)
    if event.alias:
        queue_published_alias(event)
    if user := get_user_model().objects.filter(username=actor).only("pk").first():
        LogEntry.objects.create(
            user=user,
            content_type=ContentType.objects.get_for_model(subject),
            object_id=str(subject.pk),
            object_repr=str(subject)[:200],
            action_flag=CHANGE,
            change_message=event.sentence,
        )
    return event


def _kept(event: AuditEvent) -> list[str]:
    """What happened, in a few words, once it is committed."""
    if not AuditEvent.objects.filter(pk=event.pk, at=event.at).exists():
        return []
    if event.verb == AuditEvent.Verb.FAILED:
        return [f"{event.reference} is FAILED"]
    return [" ".join([str(event), *([event.alias, event.step] if event.alias else [])])]


def identity(subject: Subject) -> tuple[AuditEvent.ObjectType, str, int | None]:
    """Kind, name and version number, by which events name what they are about."""
    kinds = AuditEvent.ObjectType
    match subject:
        case ModelVersion():
            return kinds.MODEL, subject.registered_model.stored_name, subject.number
        case RegisteredModel():
            return kinds.MODEL, subject.stored_name, None
        case DatasetVersion():
            return kinds.DATASET, subject.dataset.name, subject.number
        case Dataset():
            return kinds.DATASET, subject.name, None
        case Prediction():
            return kinds.PREDICTION, str(subject.pk), None
        case Job():
            return kinds.JOB, str(subject.pk), None
        case ServingToken():
            return kinds.TOKEN, subject.name, None
        case AbstractBaseUser():
            return kinds.USER, str(subject.pk), None
