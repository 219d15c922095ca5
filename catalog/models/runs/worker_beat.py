from django.db import models
from django.db.models.functions import Now


class WorkerBeat(models.Model):
    """That a worker is running: its process writes the database's time here again and again, also while it is idle."""

    worker = models.CharField(max_length=200, unique=True, help_text="Machine and process.")
    beat_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.worker
