from django.db import models
from django.utils import timezone

from catalog.models.model_version import ModelVersion
from catalog.models.names import name_constraint
from catalog.models.registered_model import RegisteredModel


class Alias(models.Model):
    """A name that points to one version of a model, such as `production`."""

    registered_model = models.ForeignKey(RegisteredModel, on_delete=models.CASCADE, related_name="aliases")
    name = models.CharField(max_length=63)
    model_version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="aliases")
    set_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "aliases"
        constraints = [
            name_constraint("alias_name_is_clean"),
            models.UniqueConstraint(
                fields=["registered_model", "name"],
                name="one_version_an_alias",
                violation_error_message="This alias of the model points to a version already: promote moves it.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.registered_model.name}@{self.name}"
