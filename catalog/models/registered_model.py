from django.db import models
from django.utils import timezone

from catalog.models.encoding import StrictJSONField
from catalog.models.names import name_constraint, validate_names, validate_tags

# The name in keys, as an expression of a query.
STORED_NAME = models.Case(models.When(stored_as="", then="name"), default="stored_as")


class RegisteredModel(models.Model):
    """A named model: what its versions predict and which metric compares them."""

    class Task(models.TextChoices):
        CLASSIFICATION = "classification", "Classification"
        REGRESSION = "regression", "Regression"
        CLUSTERING = "clustering", "Clustering"
        OUTLIERS = "outliers", "Outliers"

    name = models.CharField(max_length=63, unique=True)
    description = models.TextField(blank=True, help_text="Markdown.")
    intended_use = models.TextField(blank=True, help_text="Markdown: what the model is for, and who may rely on it.")
    limitations = models.TextField(blank=True, help_text="Markdown: where it fails, and what it must not be used for.")
    task = models.CharField(max_length=20, choices=Task, editable=False)
    primary_metric = models.CharField(max_length=60, editable=False)
    tags = StrictJSONField(default=dict, editable=False, validators=[validate_tags])
    next_number = models.PositiveIntegerField(default=1, editable=False)
    stored_as = models.CharField(
        max_length=63,
        blank=True,
        editable=False,
        help_text="Of a renamed model: the name that it was made with, which its keys and events keep.",
    )
    former_names = StrictJSONField(default=list, editable=False, validators=[validate_names])
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name"]
        constraints = [name_constraint("registered_model_name_is_clean")]
        permissions = [("rename_registeredmodel", "Can rename models")]

    def __str__(self) -> str:
        return self.name

    @property
    def stored_name(self) -> str:
        """The name in keys, manifests and events: it stays when the model is renamed."""
        return self.stored_as or self.name
