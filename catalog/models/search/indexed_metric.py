"""Metrics in a form that databases search. What counts is the JSON of the version, of which these rows are made."""

from django.db import models

from catalog.models.model_version import ModelVersion

LONGEST_NAME = 255


class IndexedMetric(models.Model):
    """A metric's value on held-out rows."""

    model_version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="indexed_metrics")
    name = models.CharField(max_length=LONGEST_NAME)
    value = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["model_version", "name"], name="one_indexed_metric_a_name")]
        indexes = [models.Index(fields=["name", "value", "model_version"], name="indexed_metric_search")]

    def __str__(self) -> str:
        return f"{self.name}={self.value}"
