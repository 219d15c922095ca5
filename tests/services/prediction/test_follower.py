"""What is promoted serves next; what does not load never does, and what served before goes on."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections
from django.db.backends.signals import connection_created

from catalog import Follower, load_model
from catalog.exceptions import InvalidRequest, NotFound
from catalog.models import ModelVersion
from catalog.services.prediction.loading import _ModelCache
from catalog.services.registry.aliases import promote, roll_back
from tests.factories import make_dataset, make_version
from tests.services.snapshots import departures

HOURS = 3600.0


@pytest.fixture(autouse=True)
def nothing_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.services.prediction.loading._model_cache", _ModelCache())


@pytest.fixture
def late_v2(late_v1: ModelVersion, tmp_path: Path) -> ModelVersion:
    promote(reference="late:1", alias="production", actor="ada")
    return make_version(tmp_path, name="late", dataset="departures", target="late", estimator="logistic_regression")


def spoil(version: ModelVersion) -> None:
    path = Path(version.artifact.path)
    path.write_bytes(path.read_bytes()[:-1])


def test_the_next_version_serves_after_its_promotion_and_the_last_after_a_rollback(late_v2: ModelVersion) -> None:
    with Follower("late", seconds=HOURS) as follower:
        assert (follower.model.reference, follower.check()) == ("late:1", False)
        promote(reference="late:2", alias="production", actor="ada")
        assert (follower.check(), follower.model.reference) == (True, "late:2")
        assert (
            follower.predict(departures().head(3)).tolist()
            == load_model("late:2").predict(departures().head(3)).tolist()
        )
        roll_back(name="late", alias="production", actor="ada")
        assert (follower.check(), follower.model.reference, follower.swaps) == (True, "late:1", 2)


@pytest.mark.parametrize("what", ["changed", "missing", "of another scikit-learn", "of other predictions", "broken"])
def test_a_version_that_does_not_load_does_not_serve(late_v2: ModelVersion, what: str) -> None:
    with Follower("late", seconds=HOURS) as follower:
        if what == "changed":
            spoil(late_v2)
        elif what == "missing":
            Path(late_v2.artifact.path).unlink()
        elif what == "of another scikit-learn":
            late_v2.environment["versions"]["scikit-learn"] = "0.1.0"
        elif what == "broken":
            late_v2.report["sample"] = {}
        else:
            late_v2.report["sample"]["predictions"][0] = "neither"
        late_v2.save(update_fields=["environment", "report"])
        promote(reference="late:2", alias="production", actor="ada")
        assert (follower.check(), follower.model.reference) == (False, "late:1")
        assert re.search("KeyError" if what == "broken" else "late:2|late/v0002", follower.failure)
        roll_back(name="late", alias="production", actor="ada")
        assert (follower.check(), follower.failure) == (False, "")


def test_a_model_follows_the_reference_that_it_was_loaded_by(late_v2: ModelVersion) -> None:
    promote(reference="late:2", alias="staging", actor="ada")
    with load_model("late@staging").follow(seconds=HOURS) as follower:
        assert (follower.reference, follower.model.reference) == ("late@staging", "late:2")


def test_a_number_never_changes_and_is_not_followed(late_v1: ModelVersion) -> None:
    with pytest.raises(InvalidRequest, match=r"^late:1 is one version and never another"):
        load_model("late:1").follow()


def test_a_name_without_a_version_in_production_is_refused(late_v1: ModelVersion) -> None:
    with pytest.raises(NotFound, match="Promote one"):
        Follower("late")


@contextmanager
def connections_of_threads() -> Iterator[list[Any]]:
    """Those that other threads open, which may be kept open for a minute, and closed also where they are in memory."""
    opened: list[Any] = []

    def remember(connection: Any, **_: Any) -> None:
        if threading.current_thread() is not threading.main_thread():
            opened.append(connection)

    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(connections.settings["default"], "CONN_MAX_AGE", 60)
        if connection.vendor == "sqlite":
            patched.setattr(type(connections["default"]), "is_in_memory_db", lambda self: False)
        connection_created.connect(remember)
        yield opened
        connection_created.disconnect(remember)


@pytest.mark.django_db(transaction=True)
def test_it_looks_by_itself(tmp_path: Path) -> None:
    make_dataset(tmp_path, departures(), "departures")
    for estimator in ("decision_tree", "logistic_regression"):
        make_version(tmp_path, name="late", dataset="departures", target="late", estimator=estimator)
    promote(reference="late:1", alias="production", actor="ada")
    with connections_of_threads() as opened:
        with Follower("late", seconds=0.05) as follower:
            promote(reference="late:2", alias="production", actor="ada")
            until: Any = time.monotonic() + 60
            while follower.model.reference != "late:2" and time.monotonic() < until:
                time.sleep(0.05)
            assert follower.model.reference == "late:2"
        assert opened
        assert [each for each in opened if each.connection is not None] == []
