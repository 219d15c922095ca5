from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from catalog.models.encoding import StrictJSONField
from catalog.models.names import name_constraint


class ServingTokenQuerySet(models.QuerySet["ServingToken"]):
    def valid(self) -> "ServingTokenQuerySet":
        """Neither revoked nor past its end."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), revoked_at=None)


class ServingToken(models.Model):
    """Who has the text may ask the server for predictions. Only its SHA-256 is kept: the text is 32 random bytes, so
    nobody finds it from that."""

    name = models.CharField(max_length=63, unique=True, help_text="Of the program or person that has it.")
    sha256 = models.CharField("SHA-256", max_length=64, unique=True, editable=False)
    model_names = StrictJSONField(default=list, editable=False, help_text="Those that it may ask; empty for all.")
    predict_only = models.BooleanField(default=True, editable=False, help_text="It may not read /metrics.")
    expires_at = models.DateTimeField("end", null=True, editable=False)
    revoked_at = models.DateTimeField("revoked", null=True, editable=False)
    created_by = models.CharField(max_length=150, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ServingTokenQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [name_constraint("serving_token_name_is_clean")]

    def __str__(self) -> str:
        return self.name

    def state_at(self, moment: datetime) -> str:
        if self.revoked_at is not None:
            return "REVOKED"
        return "EXPIRED" if self.expires_at is not None and self.expires_at <= moment else "VALID"

    @property
    def state(self) -> str:
        return self.state_at(timezone.now())

    @property
    def scope(self) -> str:
        """For people: which models, and whether /metrics too."""
        names: list[Any] = self.model_names
        return f"{', '.join(names) or 'all models'}{'' if self.predict_only else ', metrics'}"
