from django.db import models

from catalog.models.prediction import Prediction


class RunLease(models.Model):
    """Who works on a run in parts: the token is that of one process, and the lease ends unless it is renewed.

    Its times are those of the database's clock. A run that is finished or stopped has none.
    """

    prediction = models.OneToOneField(Prediction, on_delete=models.CASCADE, related_name="lease")
    token = models.CharField(max_length=32)
    holder = models.CharField(max_length=200, help_text="Person, machine and process.")
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.holder} until {self.expires_at:%H:%M:%S}"
