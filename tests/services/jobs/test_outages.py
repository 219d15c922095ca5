"""An outage of the database is waited for; what is none is not."""

import logging
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, ProgrammingError, connection

from catalog.services.jobs import outages
from catalog.services.jobs.outages import is_outage, wait_for_database


class WithState(Exception):
    def __init__(self, sqlstate: str | None) -> None:
        self.sqlstate = sqlstate


def caused(sqlstate: str | None) -> OperationalError:
    error = OperationalError("the connection is lost")
    error.__cause__ = WithState(sqlstate)
    return error


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    taken: list[float] = []
    monkeypatch.setattr(outages.time, "sleep", taken.append)
    monkeypatch.setattr(outages.connection, "close", lambda: None)
    return taken


@pytest.mark.parametrize(("state", "expected"), [("57P01", True), ("08006", True), (None, True), ("53100", False)])
def test_a_lost_connection_of_postgresql_is_an_outage_and_a_full_disk_is_none(
    monkeypatch: pytest.MonkeyPatch, state: str | None, expected: bool
) -> None:
    monkeypatch.setattr(connection, "vendor", "postgresql")
    assert is_outage(caused(state)) is expected
    assert is_outage(InterfaceError("connection already closed"))
    assert not is_outage(ProgrammingError("syntax error"))


def test_a_locked_sqlite_is_an_outage_and_a_missing_table_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "vendor", "sqlite")
    assert is_outage(OperationalError("database is locked"))
    assert not is_outage(OperationalError("no such table: catalog_job"))


def test_an_outage_is_waited_for_with_growing_pauses_and_said_once(
    naps: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    answers: list[Any] = [InterfaceError("gone"), InterfaceError("gone"), InterfaceError("gone"), 7]

    def ask() -> int:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return int(answer)

    with caplog.at_level(logging.WARNING):
        assert wait_for_database(ask, within_seconds=60) == 7
    assert naps == [0.2, 0.4, 0.8]
    assert [record.getMessage() for record in caplog.records] == ["The database does not answer (gone). Trying again."]


@pytest.mark.parametrize("error", [ProgrammingError("no"), InterfaceError("gone")])
def test_what_is_no_outage_and_one_that_lasts_too_long_are_raised(naps: list[float], error: Exception) -> None:
    def ask() -> None:
        raise error

    with pytest.raises(type(error)):
        wait_for_database(ask, within_seconds=0)
    assert naps == []
