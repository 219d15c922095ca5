"""Datasets from queries: the rows of one moment, with their lineage and without a password anywhere."""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from django.core import serializers

from catalog.models import AuditEvent, Dataset, DatasetVersion
from tests.commands.conftest import Run
from tests.servers.postgres import postgres

SECRET = "s3kret-Wörd"


@pytest.fixture
def birds(tmp_path: Path) -> str:
    path = tmp_path / "birds.sqlite3"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("create table birds (name text, wing real, rings integer)")
        database.executemany("insert into birds values (?, ?, ?)", [("wren", 5.5, 1), ("robin", 7, None)])
    return f"sqlite:///{path}"


def test_the_version_records_query_server_and_time(run: Run, birds: str) -> None:
    run("add_dataset", "birds", birds, "--query", "select name, wing from birds order by wing;")
    version = DatasetVersion.objects.get()
    assert (version.row_count, version.file_format, version.source_uri) == (2, "parquet", birds)
    assert version.source["query"] == "select name, wing from birds order by wing"
    assert version.source["server"].startswith("SQLite 3.")
    assert version.source["snapshot_at"].endswith("+00:00")
    assert version.first_rows == [["wren", "5.5"], ["robin", "7.0"]]


def test_the_same_rows_make_no_new_version(run: Run, birds: str) -> None:
    run("add_dataset", "birds", birds, "--table", "birds")
    assert run("add_dataset", "birds", birds, "--table", "birds").lines[0].startswith("Nothing to add")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--query", "selec 1"], "syntax error"),
        (["--query", "select * from nope"], "no such table: nope"),
        (["--query", "insert into birds values (1, 2, 3)"], "syntax error"),
        (["--query", "select 1 as a; select 2 as a"], "syntax error"),
        (["--query", "select 1 as a", "--table", "birds"], "--query or --table, one of them"),
        ([], "--query or --table, one of them"),
    ],
)
def test_what_can_not_be_read_is_one_line(run: Run, birds: str, arguments: list[str], problem: str) -> None:
    outcome = run("add_dataset", "birds", birds, *arguments)
    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (1, "", 0)
    assert problem in outcome.err
    assert not Dataset.objects.exists()


@pytest.mark.parametrize("package", ["adbc_driver_manager", "adbc_driver_postgresql", "adbc_driver_sqlite"])
def test_without_the_packages_one_line_says_how_to_get_them(
    run: Run, birds: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, package, None)
    assert run("add_dataset", "birds", birds, "--table", "birds").err == (
        "The packages for queries are not installed: pip install --require-hashes -r requirements-sql.txt"
    )


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("sqlite:///none.sqlite3", "There is no file none.sqlite3"),
        ("sqlite:birds", "Write sqlite:///path"),
        ("env:NO_SUCH_URL", "There is no variable NO_SUCH_URL"),
        ("birds.csv", "ask a database"),
        (f"postgresql://ada:{SECRET}@localhost:1/birds", "Connection refused"),
        (f"postgresql://ada:{SECRET}/x@localhost:1/birds", "That is no address of a database"),
        (f"postgresql://ada:{SECRET}#x@localhost/birds", "That is no address of a database"),
        (f"postgresql://ada:@{SECRET}@localhost/birds?port={SECRET}", "."),
        (f"postgresql://localhost:1/birds?user=ada&password={SECRET}&nope=1", "."),
    ],
)
def test_an_address_that_leads_nowhere_is_one_line_without_the_password(run: Run, source: str, problem: str) -> None:
    outcome = run("add_dataset", "birds", source, "--query", "select 1 as a")
    assert (outcome.code, outcome.err.strip().count("\n")) == (1, 0)
    assert problem in outcome.err
    assert SECRET not in outcome.err + outcome.out


def test_a_password_is_nowhere(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: object) -> None:
    with postgres() as server:
        address = server.database_url("birds").replace("catalog@", f"catalog:{SECRET}@")
        monkeypatch.setenv("BIRDS_URL", address)
        query = "select n as a, 'x'::char(3) as b from generate_series(1, 3) as n"
        outcomes = [run("add_dataset", "birds", source, "--query", query) for source in ("env:BIRDS_URL", address)]
        outcomes.append(run("add_dataset", "birds", address, "--query", "select nope"))
    assert outcomes[0].lines[-1] == "  Took the blanks at the end from what is char(n): b."
    version = DatasetVersion.objects.get()
    assert version.source["server"].startswith("PostgreSQL 1")
    assert (version.source_uri.startswith("postgresql://catalog@"), version.source_uri[-6:]) == (True, "/birds")
    rows = serializers.serialize("json", [version, *AuditEvent.objects.all(), *Dataset.objects.all()])
    written = [outcome.out + outcome.err for outcome in outcomes] + [rows]
    written += [path.read_bytes().decode(errors="replace") for path in stored_files()]
    assert [text for text in written if SECRET in text] == []


def stored_files() -> list[Path]:
    from catalog.storage.interface import catalog_storage

    files = [path for path in Path(str(catalog_storage().location)).rglob("*") if path.is_file()]
    assert any(path.name.endswith("manifest.json") for path in files)
    return files
