"""What people write of a version, a model or a dataset, one text each."""

from typing import Any

from django.db import transaction

from catalog.models import AuditEvent, Dataset, DatasetVersion, ModelVersion, RegisteredModel
from catalog.services.registry.curation import change_fields, lock_version
from catalog.services.registry.subjects import CatalogSubject


def write_text(*, subject: CatalogSubject, text: str, actor: str, append: bool = False) -> tuple[str, str]:
    """Replace the notes of a version, or the description of a model or dataset; `append` adds a paragraph to it.

    Returns the field's name and the whole text.
    """
    with transaction.atomic():
        row, field = _lock(subject)
        before: str = getattr(row, field)
        written = f"{before}\n\n{text}" if append and before else text
        if written != before:
            change_fields(row, AuditEvent.Verb.ANNOTATED, actor, to_value=field, changes={field: written})
    return field, written


def _lock(subject: CatalogSubject) -> tuple[Any, str]:
    match subject:
        case ModelVersion() | DatasetVersion():
            return lock_version(subject), "notes"
        case RegisteredModel():
            return RegisteredModel.objects.select_for_update().get(pk=subject.pk), "description"
        case Dataset():
            return Dataset.objects.select_for_update().get(pk=subject.pk), "description"
