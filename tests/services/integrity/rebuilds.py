"""A database emptied, and rebuilt from what storage tells of."""

from typing import Any

from catalog.models import Alias, AuditEvent, Dataset, DatasetVersion, ModelVersion, Prediction, RegisteredModel
from catalog.services.integrity.rebuild.rebuild_catalog import Rebuilt, rebuild_catalog


def empty_database() -> None:
    """Also of the events, which the models refuse to delete."""
    for model in (Alias, Prediction, ModelVersion, DatasetVersion, RegisteredModel, Dataset):
        model._default_manager.all().delete()
    forget_events()


def forget_events(**lookups: Any) -> None:
    AuditEvent.objects.filter(**lookups)._raw_delete("default")


def rebuild_from_nothing() -> Rebuilt:
    empty_database()
    return rebuild_catalog(apply=True)


def finding_pairs(rebuilt: Rebuilt) -> list[tuple[str, str]]:
    return [(str(finding.kind), finding.where) for finding in rebuilt.findings]
