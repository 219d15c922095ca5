import pytest
from django.db import connection

from catalog.models import Alias, ModelVersion, Prediction
from tests.catalog_rows import compare_catalogs, snapshot
from tests.commands.conftest import Run
from tests.services.integrity.catalogs import beside, flip, make_sound
from tests.services.integrity.rebuilds import empty_database


@pytest.fixture
def sound(late_v1: ModelVersion) -> ModelVersion:
    return make_sound(late_v1)


def test_a_dry_run_is_a_table_and_changes_nothing(run: Run, sound: ModelVersion) -> None:
    empty_database()
    outcome = run("rebuild_catalog")
    assert (outcome.code, outcome.err, snapshot()) == (0, "", {})
    assert outcome.lines[0] == "Read 12 objects."
    assert outcome.lines[1].split() == ["would", "be", "added", "there", "already"]
    assert ["model versions", "1", "0"] in [line.rsplit(maxsplit=2) for line in outcome.lines]
    assert outcome.lines[-1] == "Nothing was changed. To do it: manage.py rebuild_catalog --yes"


def test_with_yes_the_rows_come_back(run: Run, sound: ModelVersion) -> None:
    before = snapshot()
    empty_database()
    outcome = run("rebuild_catalog", "--yes")
    compare_catalogs(before, snapshot())
    assert outcome.code == 0
    assert outcome.lines[-1].startswith("Users, groups and passwords are not in storage.")


def test_where_nothing_is_missing_it_says_so(run: Run, sound: ModelVersion) -> None:
    outcome = run("rebuild_catalog", "--yes")
    assert (outcome.code, outcome.lines[-1]) == (0, "The database lacks nothing that storage holds.")


def test_it_has_the_promised_json(run: Run, sound: ModelVersion) -> None:
    empty_database()
    values = run("rebuild_catalog", "--yes", "--json").json
    assert (values["applied"], values["objects"], values["findings"], values["notes"]) == (True, 12, [], [])
    assert values["missing"]["aliases"] == 1
    assert values["present"] == {}


def test_findings_are_a_table_and_exit_1(run: Run, sound: ModelVersion) -> None:
    Alias.objects.all().delete()
    Prediction.objects.all().delete()
    ModelVersion.objects.all().delete()
    flip(beside(sound))
    outcome = run("rebuild_catalog", "--yes")
    assert (outcome.code, outcome.err) == (1, "3 findings.")
    assert any(line.startswith("manifest altered  late:1") for line in outcome.lines)


@pytest.mark.parametrize("name", ["verify_catalog", "rebuild_catalog"])
def test_a_database_without_tables_is_one_line(run: Run, name: str) -> None:
    with connection.cursor() as cursor:
        for table in ("unstoredmanifest", "dataset", "auditevent"):
            cursor.execute(f"ALTER TABLE catalog_{table} RENAME TO {table}_away")
    outcome = run(name)
    assert outcome.err == "The database has no tables for the catalog yet. Run: manage.py migrate."
    assert outcome.code == 1
