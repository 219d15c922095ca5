"""What dataset versions and model versions share: a number, one object in storage, and a lifecycle."""

from django.db import models
from django.utils import timezone


class StoredVersion(models.Model):
    """A numbered row whose object was hashed before it was stored and is never written again."""

    class State(models.TextChoices):
        """The statuses, and what people do to a version that has one."""

        PENDING = "PENDING"
        QUARANTINED = "QUARANTINED"
        READY = "READY"
        REJECTED = "REJECTED"
        FAILED = "FAILED"
        ARCHIVED = "ARCHIVED"
        TRASHED = "TRASHED"

    number = models.PositiveIntegerField(editable=False)
    size_bytes = models.PositiveBigIntegerField(editable=False)
    sha256 = models.CharField("SHA-256", max_length=64, editable=False, db_index=True)
    upload_token = models.CharField(
        max_length=32, editable=False, help_text="In the object's metadata: proves whose it is."
    )
    failure = models.TextField(blank=True, editable=False)
    created_by = models.CharField(
        max_length=150, editable=False, help_text="Username in the admin, or login name where a command ran."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False, db_index=True)
    trashed_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True
