"""Metrics and tags in a form that databases search: a row each, under indexes.

What counts stands in the JSON of the rows that they are of, which manifests hold; these are made of it, and made anew
by a rebuild.
"""

from functools import reduce
from operator import or_

from django.db import models
from django.db.models import Q

from catalog.models.dataset import Dataset
from catalog.models.dataset_version import DatasetVersion
from catalog.models.model_version import ModelVersion
from catalog.models.registered_model import RegisteredModel

LONGEST_NAME = 255
OWNERS = ("model_version", "registered_model", "dataset", "dataset_version")
IS_OF_ONE = reduce(or_, (Q(**{f"{other}__isnull": other != owner for other in OWNERS}) for owner in OWNERS))


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


class IndexedTag(models.Model):
    """A tag of one row, of whichever of the four kinds that is."""

    model_version = models.ForeignKey(ModelVersion, null=True, on_delete=models.CASCADE, related_name="indexed_tags")
    registered_model = models.ForeignKey(
        RegisteredModel, null=True, on_delete=models.CASCADE, related_name="indexed_tags"
    )
    dataset = models.ForeignKey(Dataset, null=True, on_delete=models.CASCADE, related_name="indexed_tags")
    dataset_version = models.ForeignKey(
        DatasetVersion, null=True, on_delete=models.CASCADE, related_name="indexed_tags"
    )
    key = models.CharField(max_length=63)
    value = models.CharField(max_length=255)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=IS_OF_ONE, name="indexed_tag_is_of_one_row"),
        ]
        indexes = [models.Index(fields=["key", "value", "model_version"], name="indexed_tag_search")]

    def __str__(self) -> str:
        return f"{self.key}={self.value}"
