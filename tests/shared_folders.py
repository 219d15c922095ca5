"""Folders that all processes of a run need: the first that asks for one makes it, and each has a copy of its own."""

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


def copy_of_shared(name: str, make: Callable[[Path], None], factory: pytest.TempPathFactory) -> Path:
    """A copy of the folder that `make` fills once for the run."""
    base = factory.getbasetemp()
    of_run = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    shared, made = of_run / f"shared-{name}", of_run / f"shared-{name}.made"
    with (of_run / f"shared-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            shutil.rmtree(shared, ignore_errors=True)  # of one that failed
            shared.mkdir()
            make(shared)
            made.touch()
    return Path(shutil.copytree(shared, factory.mktemp(name), dirs_exist_ok=True))
