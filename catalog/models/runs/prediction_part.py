from django.db import models

from catalog.models.encoding import StrictJSONField
from catalog.models.prediction import Prediction


class PredictionPartQuerySet(models.QuerySet["PredictionPart"]):
    def done(self) -> "PredictionPartQuerySet":
        return self.filter(result__isnull=False)

    def hopeless(self) -> "PredictionPartQuerySet":
        return self.filter(is_hopeless=True)

    def open(self) -> "PredictionPartQuerySet":
        return self.filter(result__isnull=True)


class PredictionPart(models.Model):
    """A part of a run that is not finished. When all are done the receipt holds them, and these rows go."""

    prediction = models.ForeignKey(Prediction, on_delete=models.CASCADE, related_name="running_parts")
    number = models.PositiveIntegerField()
    source = StrictJSONField(help_text="The file, its size and ETag, and of one in several parts, which bytes of it.")
    result = StrictJSONField(null=True, help_text="Rows, bytes, SHA-256 and what was counted; None until it is done.")
    failure = models.TextField(blank=True)
    is_hopeless = models.BooleanField(default=False, help_text="Its file holds what is wrong: it fails each time.")

    objects = PredictionPartQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["prediction", "number"],
                name="one_part_a_number",
                violation_error_message="The run has a part with this number.",
            ),
        ]

    def __str__(self) -> str:
        return f"part {self.number} of {self.prediction_id}"
