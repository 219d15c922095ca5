"""Migrations backwards and forwards with data: what both states can hold comes back, and history cannot be changed."""

import os
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations.loader import MigrationLoader

from catalog.models import DatasetVersion, ModelVersion
from catalog.services.integrity.verify.verify_catalog import verify_catalog
from tests.catalog_rows import snapshot
from tests.services.integrity.catalogs import kinds, make_sound
from tests.services.snapshots import late_version
from tests.summary import count

SOAK = os.environ.get("CATALOG_SOAK") == "1"
NAMES = sorted(path.stem for path in (Path(__file__).parents[2] / "catalog" / "migrations").glob("[0-9]*.py"))


@pytest.fixture
def sound(transactional_db: None) -> Any:
    late_version().restore()
    make_sound(ModelVersion.objects.select_related("registered_model", "dataset_version__dataset").get())
    yield
    call_command("migrate", "catalog", verbosity=0)


def test_every_migration_is_one_line_of_history() -> None:
    loader = MigrationLoader(None)
    assert loader.detect_conflicts() == {}
    assert [name for app, name in loader.graph.leaf_nodes("catalog")] == [NAMES[-1]]


@pytest.mark.parametrize("target", NAMES[:-1] if SOAK else [NAMES[0], NAMES[7]])
def test_rows_survive_the_way_back_and_forth(sound: None, target: str) -> None:
    before = snapshot()
    call_command("migrate", "catalog", target, verbosity=0)
    call_command("migrate", "catalog", verbosity=0)
    after = snapshot()
    models = MigrationLoader(connection).project_state(("catalog", target)).models
    for name, row in before.items():
        # A table or column that a later migration adds is empty again; the manifests tell what was in it.
        model = models.get(("catalog", name.partition(" ")[0]))
        kept = {field: value for field, value in row.items() if model and field in model.fields}
        assert {field: after[name][field] for field in kept} == kept
    assert set(kinds(verify_catalog())) <= {"manifest differs"}
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE catalog_auditevent SET reason = 'changed'")
    count("migrations backwards and forwards with data")


def test_what_an_earlier_state_can_not_hold_stops_the_way_back_whole(sound: None) -> None:
    """An upload whose data nobody knows: before 0005 every version was trained here."""
    ModelVersion.objects.update(dataset_version=None)
    rows = DatasetVersion.objects.count(), ModelVersion.objects.count()
    with pytest.raises(DatabaseError):
        call_command("migrate", "catalog", NAMES[3], verbosity=0)
    call_command("migrate", "catalog", verbosity=0)
    assert (DatasetVersion.objects.count(), ModelVersion.objects.count()) == rows
