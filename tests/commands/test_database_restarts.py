"""PostgreSQL that restarts in the middle of each command that changes something: one line, nothing half-done."""

import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import get_commands, load_command_class
from django.db import connection, transaction

from catalog.models import ModelVersion
from catalog.services.integrity.findings import FindingKind
from catalog.services.integrity.repair import repair_catalog
from catalog.services.integrity.verify.verify_catalog import verify_catalog
from tests.commands.conftest import Run
from tests.commands.every_change import CHANGES
from tests.inspecting import inspected_here
from tests.services import snapshots
from tests.services.integrity.catalogs import later, make_sound
from tests.summary import count

__all__ = ["inspected_here"]

SOAK = os.environ.get("CATALOG_SOAK") == "1"
# Before the first write of each transaction of each command in `make soak`; of these in `make test`.
EACH = [(name, number) for name, change in CHANGES.items() for number in range(1, change.writes + 1)]
LIGHT = [
    ("add_dataset", 3),
    ("export", 1),
    ("import_models", 3),
    ("job --retry", 2),
    ("purge_trash", 1),
    ("rollback", 1),
]
LIGHT += [("train_model --alias", 4)]
MANIFEST_WAITS = r"Warning: \d manifests? could not be stored yet\. .*"
STANDS = (
    r"in the catalog as|only a version that|already|was revoked before|is called later now|not empty|only what|only one"
    r"|has held it"
)
WRITES = ("INSERT", "UPDATE", "DELETE")


class Restart:
    """Ends the connection, as a server does that restarts, before the first write of the transaction of that number."""

    def __init__(self, number: int) -> None:
        self.number, self.begun, self.is_open, self.has_come = number, 0, False, False

    def __call__(self, execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        if sql.startswith(WRITES) and not self.is_open:
            self.begun += 1
            self.is_open = connection.in_atomic_block
            transaction.on_commit(self._close)
            if self.begun == self.number and not self.has_come:
                self.has_come = True
                end_connection()
        return execute(sql, *arguments)

    def _close(self) -> None:
        self.is_open = False


def end_connection() -> None:
    address = connection.settings_dict
    pid = connection.connection.info.backend_pid
    with psycopg.connect(host=address["HOST"], user=address["USER"], dbname=address["NAME"], autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [pid])
        while other.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone():
            time.sleep(0.01)


@pytest.fixture
def sound(transactional_db: None) -> ModelVersion:
    snapshots.late_version().restore()
    return make_sound(ModelVersion.objects.select_related("registered_model", "dataset_version__dataset").get())


def found() -> set[str]:
    """What will be wrong in two days, but for manifests that wait."""
    findings = verify_catalog(now=later(days=2)).findings
    return {f"{each.kind} {each.where}" for each in findings if each.kind != FindingKind.MANIFEST_WAITING}


def test_every_command_that_changes_something_is_tried() -> None:
    commands = {name for name, app in get_commands().items() if app == "catalog"}
    changing = {name for name in commands if getattr(load_command_class("catalog", name), "changes_state", False)}
    assert changing | {"job", "verify_catalog"} == {change.words[0] for change in CHANGES.values()}


@pytest.mark.postgresql
@pytest.mark.parametrize(("name", "number"), EACH if SOAK else LIGHT)
@pytest.mark.usefixtures("inspected_here")
def test_a_command_whose_database_restarts_stands_or_says_so_and_can_be_run_again(
    sound: ModelVersion, run: Run, tmp_path: Path, settings: Any, name: str, number: int
) -> None:
    change, restart = CHANGES[name], Restart(number)
    change.prepare(sound, tmp_path, settings)
    words, before = [word.format(folder=tmp_path) for word in change.words], found()
    with connection.execute_wrapper(restart):
        outcome = run(*words)
    said = MANIFEST_WAITS if outcome.code == 0 else r"The database \(postgresql\) answered: .*"
    assert restart.has_come
    # What a promotion reviews comes before.
    assert re.fullmatch(said, outcome.err.splitlines()[-1]), outcome.err
    assert found() <= before
    again = run(*words)
    assert (again.code == 0) or (outcome.code == 0 and re.search(STANDS, again.err)), again.err
    repair_catalog(verified=verify_catalog(), actor="ada")
    assert found() <= before
    count("restarts of PostgreSQL in the middle of commands survived")
