"""A command that kills itself, as kill -9 does, at a step of its write: killed_command.py STEP add_dataset …

The steps are told by what everybody sees of them: Django's signals for rows, the storage's put() and delete_own() for
objects.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django
from django.core.management import call_command
from django.db.models.signals import post_save, pre_save

from catalog.storage.s3 import S3CatalogStorage

django.setup()  # before which no model can be imported


from catalog.models import AuditEvent, DatasetVersion, ModelVersion  # noqa: E402

step, *command = sys.argv[1:]
stored, deleted = S3CatalogStorage.put, S3CatalogStorage.delete_own
puts: list[str] = []


def die(**signal_arguments: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def put(
    self: S3CatalogStorage,
    key: str,
    source: Path | bytes,
    *,
    on_bytes: Callable[[int], Any] | None = None,
    **options: Any,
) -> None:
    """Each version puts its file first, then its manifest; those of datasets, models and events are not counted."""
    if "/v0" not in key:
        stored(self, key, source, on_bytes=on_bytes, **options)
        return
    puts.append(key)
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    if (step, len(puts)) in {("after the row", 1), ("before the manifest", 2)}:
        die()
    sent = 0

    def count(amount: int) -> None:
        nonlocal sent
        sent += amount
        if sent > size // 2:
            die()

    stored(self, key, source, on_bytes=count if step == "during the upload" else on_bytes, **options)
    if (step, len(puts)) in {("after the upload", 1), ("after the manifest", 2)}:
        die()


def delete_own(self: S3CatalogStorage, key: str, **options: Any) -> None:
    if step == "before the first deletion":
        die()
    deleted(self, key, **options)
    if step == "after the first deletion":
        die()


if step == "before the row":
    for model in (DatasetVersion, ModelVersion):
        pre_save.connect(die, sender=model)
elif step == "before the row is committed":
    for model in (DatasetVersion, ModelVersion):
        post_save.connect(die, sender=model)
elif step == "before READY is committed":
    post_save.connect(die, sender=AuditEvent)
S3CatalogStorage.put, S3CatalogStorage.delete_own = put, delete_own
call_command(*command)
