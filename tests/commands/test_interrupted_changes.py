"""Ctrl-C before any write of any command: what was done is said where something was, and nowhere else."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from catalog.models import Job, ModelVersion, ServingToken
from tests.catalog_rows import snapshot
from tests.commands.conftest import Run
from tests.commands.every_change import CHANGES
from tests.inspecting import inspected_here
from tests.services.integrity.catalogs import make_sound
from tests.summary import count

__all__ = ["inspected_here"]

# Each write of each command in `make soak`, one of some in `make test`.
SOAK = os.environ.get("CATALOG_SOAK") == "1"
LIGHT = (
    "add_version",
    "export",
    "import_models",
    "job --cancel",
    "predict --output",
    "purge_trash",
    "train_model --alias",
)
EACH = [(name, number) for name in (CHANGES if SOAK else LIGHT) for number in (range(1, 13) if SOAK else [3])]


@pytest.fixture
def sound(late_v1: ModelVersion) -> ModelVersion:
    return make_sound(late_v1)


@pytest.fixture(autouse=True)
def listening() -> Iterator[None]:
    """Whatever the shell that started the tests does with Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class InterruptedWrite:
    """Interrupts the command before its write of that number."""

    def __init__(self, number: int) -> None:
        self.left = number

    def __call__(self, execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        self.left -= sql.startswith(("INSERT", "UPDATE", "DELETE"))
        if self.left == 0:
            self.left = -1
            signal.raise_signal(signal.SIGINT)
        return execute(sql, *arguments)


def everything(folder: Path) -> tuple[Any, ...]:
    """Rows and files; manifests that wait are those of a transaction that no test commits."""
    rows = {name: values for name, values in snapshot().items() if not name.startswith("unstoredmanifest")}
    others = [list(model._default_manager.values_list("pk", "state")) for model in (Job,)]
    tokens = list(ServingToken.objects.values_list("name", "revoked_at"))
    files = sorted(str(path) for path in folder.rglob("*") if path.is_file() and "cache" not in path.parts)
    return rows, others, tokens, files


@pytest.mark.parametrize(("name", "number"), EACH)
@pytest.mark.usefixtures("inspected_here")
def test_what_is_said_to_be_done_is_and_what_is_not_said_is_not(
    run: Run, sound: ModelVersion, tmp_path: Path, settings: Any, name: str, number: int
) -> None:
    change = CHANGES[name]
    change.prepare(sound, tmp_path, settings)
    words, before = [word.format(folder=tmp_path) for word in change.words], everything(tmp_path)
    with connection.execute_wrapper(InterruptedWrite(number)):
        outcome = run(*words)
    if outcome.code == 0:
        return  # it writes less often
    assert outcome.code == 130, outcome.err
    if everything(tmp_path) == before:
        assert " Done: " not in outcome.err
    else:
        assert " Done: " in outcome.err or " Perhaps half done: " in outcome.err, outcome.err
    count("interruptions that told what was done and what was not")
