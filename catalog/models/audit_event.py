from datetime import datetime
from typing import Any, NoReturn

from django.db import models
from django.utils import timezone

from catalog.models.encoding import ExactEncoder, StrictJSONField
from catalog.models.stored_version import StoredVersion


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def delete(self) -> NoReturn:
        raise TypeError("Audit events are never deleted.")

    def of_aliases(self, model_name: str) -> "AuditEventQuerySet":
        """All that moved an alias of the model, named as it was when it was made."""
        return self.filter(object_type=AuditEvent.ObjectType.MODEL, object_name=model_name).exclude(alias="")

    def of_alias(self, model_name: str, alias: str) -> "AuditEventQuerySet":
        return self.of_aliases(model_name).filter(alias=alias)

    def alias_at(self, model_name: str, alias: str, moment: datetime) -> int | None:
        """The number of the version that `alias` pointed to at `moment`, in one query."""
        event = self.of_alias(model_name, alias).filter(at__lte=moment).order_by("-id").first()
        return int(event.to_value) if event and event.to_value else None


class AuditEvent(models.Model):
    """What happened, by whom and why. Rows are only ever added: the database refuses to change one.

    Objects are named by value, not by key, so that the history outlives what it tells of.
    """

    class Verb(models.TextChoices):
        DATASET_ADDED = "dataset_added"
        MODEL_TRAINED = "model_trained"
        MODEL_UPLOADED = "model_uploaded"
        APPROVED = "approved"
        REJECTED = "rejected"
        FAILED = "failed"
        PROMOTED = "promoted"
        ROLLED_BACK = "rolled_back"
        ALIAS_REMOVED = "alias_removed"
        ARCHIVED = "archived"
        RESTORED = "restored"
        TRASHED = "trashed"
        PURGED = "purged"
        ANNOTATED = "annotated"
        EVALUATED = "evaluated"
        CHECK_MUTED = "check_muted"
        CHECK_UNMUTED = "check_unmuted"
        TAGGED = "tagged"
        RENAMED = "renamed"
        COPIED = "copied"
        ATTACHED = "attached"
        IMPORTED = "imported"
        EXPORTED = "exported"
        DOWNLOADED = "downloaded"
        JOB_QUEUED = "job_queued"
        JOB_CANCELLED = "job_cancelled"
        JOB_RETRIED = "job_retried"
        TOKEN_CREATED = "token_created"  # noqa: S105 # a word, and no password
        TOKEN_REVOKED = "token_revoked"  # noqa: S105 # a word, and no password
        DEVICE_SET_UP = "device_set_up"
        BACKUP_CODES_MADE = "backup_codes_made"
        DEVICES_RESET = "devices_reset"

    class ObjectType(models.TextChoices):
        DATASET = "dataset"
        MODEL = "model"
        PREDICTION = "prediction"
        JOB = "job"
        TOKEN = "token"  # noqa: S105 # a word, and no password
        USER = "user"

    at = models.DateTimeField(default=timezone.now, db_index=True)
    actor = models.CharField(max_length=150)
    verb = models.CharField(max_length=30, choices=Verb)
    object_type = models.CharField(max_length=10, choices=ObjectType)
    object_name = models.CharField(max_length=63)
    version_number = models.PositiveIntegerField(null=True, help_text="None when the event is about the whole model.")
    alias = models.CharField(max_length=63, blank=True)
    from_value = models.CharField(max_length=63, blank=True)
    to_value = models.CharField(max_length=63, blank=True)
    reason = models.TextField(blank=True)
    changes = StrictJSONField(
        default=dict, encoder=ExactEncoder, help_text="The object's fields that changed, with their new values."
    )

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["object_type", "object_name", "alias", "-id"], name="audit_event_history")]

    def __str__(self) -> str:
        return f"{self.get_verb_display().lower()} {self.reference}"

    @property
    def reference(self) -> str:
        return self.object_name if self.version_number is None else f"{self.object_name}:{self.version_number}"

    @property
    def sentence(self) -> str:
        """What happened, for people: the verb, the alias, from what to what, and why."""
        parts = [self.get_verb_display().lower(), self.alias, self.step]
        return " ".join(part for part in parts if part) + (f": {self.reason}" if self.reason else "")

    @property
    def step(self) -> str:
        """From what to what; of a version that is new or a fact that has no before, only what it came to."""
        if self.alias:
            return f"{self.from_value or 'none'} → {self.to_value or 'none'}"
        if self.from_value in {"", StoredVersion.State.PENDING}:
            return self.to_value.lower() if self.from_value else self.to_value
        return f"{self.from_value} → {self.to_value}".lower()

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("Audit events are never deleted.")
