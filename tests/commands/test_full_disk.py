"""A disk that has no room left, as a limit on the size of files makes it: one line, and nothing half-done."""

import re
import resource
import secrets
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from django.db import OperationalError, connection
from psycopg.errors import DiskFull

from catalog.management import fault_lines
from catalog.models import AuditEvent, Dataset, DatasetVersion, ModelVersion
from catalog.services.integrity.verify.verify_catalog import verify_catalog
from tests.commands.conftest import Run
from tests.factories import write_csv
from tests.services.integrity.catalogs import make_sound, path_of, settle


@contextmanager
def room_for(size_bytes: int) -> Iterator[None]:
    """Within it no file grows beyond that."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.django_db
def test_a_dataset_for_which_there_is_no_room_is_failed_and_leaves_nothing(
    run: Run, tmp_path: Path, departures: pd.DataFrame
) -> None:
    source = write_csv(departures, tmp_path)
    with room_for(1000):
        outcome = run("add_dataset", "departures", source)
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith("The disk is full (File too large). Make room in ")
    settle()
    assert DatasetVersion.objects.get().status == "FAILED"
    assert verify_catalog().findings == []
    assert list((tmp_path / "objects").rglob("*.csv")) == []


@pytest.mark.django_db
def test_where_commands_write_is_named_with_the_fullest_disk_first(
    run: Run, tmp_path: Path, departures: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects = tmp_path / "objects"
    monkeypatch.setattr(fault_lines, "_free_bytes", lambda folder: 0 if folder == objects else 5 * 2**20)
    source = write_csv(departures, tmp_path)
    with room_for(1000):
        outcome = run("add_dataset", "departures", source)
    assert f"Make room in {objects} (objects, 0 bytes free), " in outcome.err
    assert f"{tmp_path}/cache (CATALOG_CACHE_DIR, 5.0 MB free)" in outcome.err


def test_a_result_for_which_there_is_no_room_leaves_no_half_of_it(
    run: Run, tmp_path: Path, late_v1: ModelVersion
) -> None:
    make_sound(late_v1)
    events = AuditEvent.objects.count()
    with room_for(500):
        outcome = run("predict", "late:1", "--input", "dataset:departures", "--output", tmp_path / "out.csv")
    assert outcome.code == 1
    assert "The disk is full" in outcome.err
    assert not (tmp_path / "out.csv").exists()
    assert AuditEvent.objects.count() == events
    assert verify_catalog().findings == []


@pytest.mark.django_db
def test_objects_for_which_there_is_no_room_are_named_and_the_move_goes_on_later(
    run: Run, tmp_path: Path, late_v1: ModelVersion, settings: Any
) -> None:
    make_sound(late_v1)
    source, count_before = path_of(""), len(list(path_of("").rglob("[!.]*.json")))
    options = {"location": tmp_path / "elsewhere"}
    settings.STORAGES = {**settings.STORAGES, "default": {**settings.STORAGES["default"], "OPTIONS": options}}
    with room_for(4000):
        outcome = run("move_objects", source, "--yes")
    assert (outcome.code, "The disk is full" in outcome.err) == (1, True)
    assert re.search(r"Done: \d+ objects? copied\. Not done: what comes after datasets/\S+\. Run", outcome.err)
    assert list((tmp_path / "elsewhere").rglob(".upload-*")) == []
    assert run("move_objects", source, "--yes").code == 0
    assert len(list((tmp_path / "elsewhere").rglob("[!.]*.json"))) == count_before
    assert verify_catalog(deep=True).findings == []


@pytest.mark.django_db
def test_a_query_for_whose_rows_there_is_no_room_adds_nothing(run: Run, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "crm.sqlite3")) as connection, connection:
        connection.execute("CREATE TABLE people (name TEXT)")
        connection.executemany("INSERT INTO people VALUES (?)", [(secrets.token_hex(100),) for _ in range(500)])
    with room_for(20_000):
        outcome = run("add_dataset", "people", f"sqlite:///{tmp_path}/crm.sqlite3", "--query", "select * from people")
    assert (outcome.code, outcome.err.count("\n")) == (1, 0)
    assert "The disk is full" in outcome.err or "File too large" in outcome.err
    assert not DatasetVersion.objects.exists()


def test_a_model_that_the_cache_has_no_room_for_is_one_line(run: Run, tmp_path: Path, late_v1: ModelVersion) -> None:
    shutil.rmtree(tmp_path / "cache", ignore_errors=True)
    with room_for(500):
        outcome = run("predict", "late:1", "--input", "dataset:departures", "--output", tmp_path / "out.csv")
    assert (outcome.code, outcome.err.count("\n")) == (1, 0)
    assert "The disk is full" in outcome.err
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []
    assert run("predict", "late:1", "--input", "dataset:departures", "--output", tmp_path / "out.csv").code == 0


@pytest.mark.parametrize("artifact_format", ["joblib", "skops"])
def test_a_model_for_which_there_is_no_room_is_not_called_one_that_can_not_be_stored(
    run: Run, late_v1: ModelVersion, artifact_format: str
) -> None:
    make_sound(late_v1)
    command = ("train_model", "late", "--dataset=departures", "--target=late", "--estimator=decision_tree")
    with room_for(500):
        outcome = run(*command, "--format", artifact_format)
    assert outcome.code == 1
    assert outcome.err.startswith("The disk is full (File too large). Make room in ")


@contextmanager
def full_database() -> Iterator[None]:
    """Within it SQLite's database grows by no page."""
    with connection.cursor() as cursor:
        (pages,) = cursor.execute("PRAGMA page_count").fetchone()
        cursor.execute(f"PRAGMA max_page_count = {pages}")
        try:
            yield
        finally:
            cursor.execute("PRAGMA max_page_count = 1073741823")


def test_a_full_disk_of_postgresql_is_called_so(run: Run, late_v1: ModelVersion) -> None:
    def without_room(execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        if sql.startswith("UPDATE"):
            raise OperationalError("could not extend file") from DiskFull()
        return execute(sql, *arguments)

    make_sound(late_v1)
    with connection.execute_wrapper(without_room):
        outcome = run("note", "late:1", "seen")
    assert outcome.err == "The disk of the database is full. Make room there and run the command again."


COMMANDS = {
    "add_dataset": ("add_dataset", "more", "{folder}/more.csv"),
    "train_model": ("train_model", "more", "--dataset=departures", "--target=late", "--estimator=dummy"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_database_whose_disk_is_full_says_so_and_loses_nothing(
    run: Run, tmp_path: Path, late_v1: ModelVersion, departures: pd.DataFrame, command: str
) -> None:
    if connection.vendor != "sqlite":  # which alone can be told how large it may grow
        return
    make_sound(late_v1)
    wide = pd.concat([departures.add_suffix(f"_{number}") for number in range(40)], axis=1)
    write_csv(wide, tmp_path, "more.csv")
    arguments = [text.format(folder=tmp_path) for text in COMMANDS[command]]
    objects = sorted(path_of("").rglob("[!.]*"))
    with connection.cursor() as cursor:
        (free,) = cursor.execute("PRAGMA freelist_count").fetchone()
    Dataset.objects.filter(name="departures").update(description="x" * 5000 * (1 + free))  # no page has room
    with full_database():
        outcome = run(*arguments)
    assert outcome.err == "The disk of the database is full. Make room there and run the command again."
    assert sorted(path_of("").rglob("[!.]*")) == objects
    assert run(*arguments).code == 0
