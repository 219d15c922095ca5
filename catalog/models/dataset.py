from django.db import models
from django.utils import timezone

from catalog.models.encoding import StrictJSONField
from catalog.models.names import name_constraint, validate_tags


class Dataset(models.Model):
    """A named table that changes over time; its contents are its versions."""

    name = models.CharField(max_length=63, unique=True)
    description = models.TextField(blank=True)
    tags = StrictJSONField(default=dict, editable=False, validators=[validate_tags])
    next_number = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name"]
        constraints = [name_constraint("dataset_name_is_clean")]

    def __str__(self) -> str:
        return self.name

    @property
    def stored_name(self) -> str:
        """The name in keys, manifests and events: datasets are not renamed."""
        return self.name
