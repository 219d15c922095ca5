from django.db import models
from django.utils import timezone


class UnstoredManifest(models.Model):
    """A manifest that was committed with the change it tells of and is not in storage yet; stored, the row goes."""

    key = models.CharField(max_length=300)
    content = models.TextField()
    upload_token = models.CharField(max_length=32)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.key
