import uuid

from django.db import models
from django.utils import timezone

from catalog.models.dataset_version import DatasetVersion
from catalog.models.encoding import StrictJSONField
from catalog.models.model_version import ModelVersion


class Evaluation(models.Model):
    """A version measured on named rows, alone or beside another version on the same ones. Rows are only ever added."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    model_version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="evaluations")
    model_sha256 = models.CharField("model SHA-256", max_length=64)
    dataset_version = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT, related_name="evaluations")
    rows_of = models.CharField(
        max_length=75, blank=True, help_text="The version whose held-out rows these are; empty: all of the dataset."
    )
    rows_sha256 = models.CharField(max_length=64, help_text="Of the rows' positions and their dataset: their name.")
    row_count = models.PositiveBigIntegerField("rows")
    training_rows = models.PositiveBigIntegerField(
        default=0, help_text="How many of them it was trained on: none, unless it was said that they may be among them."
    )
    metrics = StrictJSONField(help_text="Per metric: value and higher_is_better.")
    report = StrictJSONField(default=dict)
    against = models.CharField(max_length=75, blank=True, help_text="The version that it was compared with.")
    against_sha256 = models.CharField(max_length=64, blank=True)
    differences = StrictJSONField(default=list, help_text="Per metric: both values and the interval.")
    flips = StrictJSONField(default=dict, help_text="Rows that it answers better, worse and alike; segments.")
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["model_version", "against_sha256", "-created_at"], name="evaluation_of_pair")]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def weighted_by(self) -> str:
        """The column by which rows weigh in its metrics; empty where each counts once."""
        return next((str(metric["weighted_by"]) for metric in self.metrics.values() if "weighted_by" in metric), "")

    @property
    def checks(self) -> list[dict[str, str]] | None:
        """Those that fired; None of a version that was checked when it was trained, or that nothing was checked of."""
        found: list[dict[str, str]] | None = self.report.get("checks")
        return found

    @property
    def has_training_rows(self) -> bool:
        """Whether it, or the other version, was trained on some of the rows: then neither is better or worse by it."""
        return bool(self.training_rows or self.flips.get("other_training_rows"))

    @property
    def flips_text(self) -> str:
        """How many rows it answers better than the other version, and worse, for people; empty where there is none."""
        if not self.against or "gained" not in self.flips:
            return ""
        gained, lost = (f"{self.flips[name]:,}" for name in ("gained", "lost"))
        name, rows = self.model_version.reference, "row" if gained == "1" else "rows"
        if self.model_version.registered_model.task == "regression":
            return f"{name} is nearer than {self.against} on {gained} {rows}, and farther on {lost}."
        return f"{name} gets {gained} {rows} right that {self.against} gets wrong, and {lost} wrong that it gets right."

    @property
    def rows_text(self) -> str:
        """Which rows, for people."""
        of = f"the held-out rows of {self.rows_of}" if self.rows_of else f"the rows of {self.dataset_version.reference}"
        return f"{self.row_count:,} of {of}" + (f", weighed by {self.weighted_by}" if self.weighted_by else "")
