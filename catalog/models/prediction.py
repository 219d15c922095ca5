import uuid

from django.db import models
from django.utils import timezone

from catalog.models.dataset_version import DatasetVersion
from catalog.models.model_version import ModelVersion


class Prediction(models.Model):
    """The receipt of one run of `predict`: which version scored which input, and where the result lies."""

    class Status(models.TextChoices):
        PENDING = "PENDING"
        READY = "READY"
        FAILED = "FAILED"

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
    unseen_categories = models.JSONField(
        default=dict, help_text="Per column: cells with a category unknown in training."
    )
    extra_columns = models.JSONField(default=list)
    status = models.CharField(max_length=11, choices=Status, default=Status.PENDING)
    failure = models.TextField(blank=True)
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(default=timezone.now, editable=False, db_index=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def stored_sha256(self) -> str:
        return self.output_sha256

    @property
    def stored_key(self) -> str:
        return str(self.output.name)
