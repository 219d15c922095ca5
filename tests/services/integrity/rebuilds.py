"""A database emptied, and rebuilt from what storage tells of."""

from typing import Any

from django.db import connection

from catalog.models import Alias, AuditEvent, Dataset, DatasetVersion, ModelVersion, Prediction, RegisteredModel
from catalog.services.integrity.rebuild.rebuild_catalog import Rebuilt, rebuild_catalog
from tests.servers.database import is_postgresql


def empty_database() -> None:
    """Also of the events, which the models refuse to delete."""
    for model in (Alias, Prediction, ModelVersion, DatasetVersion, RegisteredModel, Dataset):
        model._default_manager.all().delete()
    forget_events()


def forget_events(**lookups: Any) -> None:
    """As no program of ours can: on PostgreSQL a trigger refuses it."""
    with connection.cursor() as cursor:
        if is_postgresql():
            cursor.execute("SET LOCAL session_replication_role = replica")
        AuditEvent.objects.filter(**lookups)._raw_delete("default")
        if is_postgresql():
            cursor.execute("SET LOCAL session_replication_role = origin")


def rebuild_from_nothing() -> Rebuilt:
    empty_database()
    return rebuild_catalog(apply=True)


def finding_pairs(rebuilt: Rebuilt) -> list[tuple[str, str]]:
    return [(str(finding.kind), finding.where) for finding in rebuilt.findings]
