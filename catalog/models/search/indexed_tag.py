"""Tags in a form that databases search. What counts is the JSON of the row, of which these rows are made."""

from functools import reduce
from operator import or_

from django.db import models
from django.db.models import Q

from catalog.models.dataset import Dataset
from catalog.models.dataset_version import DatasetVersion
from catalog.models.model_version import ModelVersion
from catalog.models.registered_model import RegisteredModel

OWNERS = ("model_version", "registered_model", "dataset", "dataset_version")
IS_OF_ONE = reduce(or_, (Q(**{f"{other}__isnull": other != owner for other in OWNERS}) for owner in OWNERS))


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
