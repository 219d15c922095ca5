import uuid

from django.db import models
from django.utils import timezone

from catalog.models.dataset_version import DatasetVersion
from catalog.models.encoding import StrictJSONField
from catalog.models.model_version import ModelVersion


class Prediction(models.Model):
    """The receipt of one run of `predict`: which version scored which input, and where the result lies.

    A run in parts is RUNNING or, once it gave up, STOPPED; it can go on until it is READY.
    """

    class Status(models.TextChoices):
        RUNNING = "RUNNING"
        STOPPED = "STOPPED"
        PENDING = "PENDING"
        READY = "READY"
        FAILED = "FAILED"

    UNFINISHED = (Status.RUNNING, Status.STOPPED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    model_version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="predictions")
    model_sha256 = models.CharField("model SHA-256", max_length=64)
    input_uri = models.CharField(max_length=1200)
    input_dataset_version = models.ForeignKey(
        DatasetVersion, on_delete=models.PROTECT, related_name="predictions", null=True, blank=True
    )
    input_sha256 = models.CharField("input SHA-256", max_length=64)
    output = models.FileField(max_length=300, blank=True, help_text="Only when the result is kept in the catalog.")
    output_uri = models.CharField(max_length=1200)
    output_sha256 = models.CharField("output SHA-256", max_length=64)
    output_bytes = models.PositiveBigIntegerField()
    upload_token = models.CharField(max_length=32, blank=True)
    row_count = models.PositiveBigIntegerField("rows")
    seconds = models.FloatField()
    unseen_categories = StrictJSONField(
        default=dict, help_text="Per column: cells with a category unknown in training."
    )
    extra_columns = StrictJSONField(default=list)
    options = StrictJSONField(default=dict, help_text="Of a run in parts: what it was asked for.")
    part_count = models.PositiveIntegerField("parts", default=0, help_text="Of a run in parts; else none.")
    parts = StrictJSONField(
        default=list, help_text="Per part: its file, what it was predicted from, rows, bytes and SHA-256."
    )
    status = models.CharField(max_length=11, choices=Status, default=Status.PENDING)
    failure = models.TextField(blank=True)
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(default=timezone.now, editable=False, db_index=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_unfinished(self) -> bool:
        """Whether it is a run in parts that has not ended."""
        return self.status in self.UNFINISHED

    @property
    def holder(self) -> str:
        """Who works on the run in parts now; empty when nobody does."""
        lease = getattr(self, "lease", None)
        return lease.holder if lease and lease.expires_at > timezone.now() else ""

    @property
    def can_go_on(self) -> bool:
        """Whether `predict --resume` can finish it: nobody is at it, and no part fails whenever it is tried."""
        return self.is_unfinished and not self.holder and not self.running_parts.hopeless().exists()

    @property
    def part_keys(self) -> list[str]:
        """Of the parts of a run that is done and lies in the catalog."""
        folder = self.stored_key.rpartition("/")[0]
        return [f"{folder}/{part['name']}" for part in self.parts] if folder else []

    @property
    def stored_sha256(self) -> str:
        return self.output_sha256

    @property
    def stored_key(self) -> str:
        return str(self.output.name)
