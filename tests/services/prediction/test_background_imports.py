import importlib
import sys
import threading
from pathlib import Path

import pytest

from catalog.services.prediction.background_imports import import_in_background


def slow_module(folder: Path, name: str, text: str) -> str:
    (folder / f"{name}.py").write_text(text)
    return name


@pytest.fixture(autouse=True)
def importable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)


def test_the_modules_are_there_when_the_block_ends(tmp_path: Path) -> None:
    name = slow_module(tmp_path, "slow_to_import", "import time\ntime.sleep(0.05)\n")
    with import_in_background(name):
        pass
    assert name in sys.modules


def test_the_thread_ends_with_the_block_even_when_that_fails(tmp_path: Path) -> None:
    name = slow_module(tmp_path, "slow_in_a_failing_block", "import time\ntime.sleep(0.05)\n")
    with pytest.raises(OSError, match="cut"), import_in_background(name):
        raise OSError("cut")
    assert "imports" not in {thread.name for thread in threading.enumerate()}


def test_a_module_that_can_not_be_imported_says_so_to_whoever_needs_it(tmp_path: Path) -> None:
    name = slow_module(tmp_path, "broken_module", "raise ValueError('broken')\n")
    with import_in_background(name):
        pass
    with pytest.raises(ValueError, match="broken"):
        importlib.import_module(name)
