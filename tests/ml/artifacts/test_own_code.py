"""Which modules are one's own, and which an installed distribution's."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from catalog.ml.artifacts.own_code import record_code


class Library:
    """A folder on the path of imports that is none of the interpreter's own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def module(self, name: str, file: str = "") -> None:
        path = self.folder / (file or f"{name}.py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("answer = 42\n")
        importlib.invalidate_caches()
        importlib.import_module(name)

    def distribution(self, name: str, *files: str) -> None:
        information = self.folder / f"{name}-1.0.dist-info"
        information.mkdir(parents=True)
        (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (information / "top_level.txt").write_text(f"{name}\n")
        (information / "RECORD").write_text("".join(f"{file},,\n" for file in files))


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Library]:
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(tmp_path / "installed"))
    monkeypatch.syspath_prepend(str(tmp_path / "checkout"))
    yield Library(tmp_path / "installed")
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_a_distribution_is_known_wherever_it_is_installed(library: Library) -> None:
    library.distribution("parcels", "parcels/__init__.py")
    library.module("parcels", "parcels/__init__.py")
    library.distribution("postage", "postage.py")
    library.module("postage")
    library.module("loose")
    assert list(record_code({"parcels", "postage", "loose"})["modules"]) == ["loose"]


def test_what_is_installed_as_editable_is_ones_own(library: Library, tmp_path: Path) -> None:
    library.distribution("workshop", "__editable__.workshop-1.0.pth")
    Library(tmp_path / "checkout").module("workshop", "workshop/__init__.py")
    assert list(record_code({"workshop"})["modules"]) == ["workshop"]


def test_a_module_that_a_compiled_one_makes_is_in_its_file(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    library.module("engine")
    made = ModuleType("engine.constants")
    made.__file__ = sys.modules["engine"].__file__
    monkeypatch.setitem(sys.modules, "engine.constants", made)
    assert list(record_code({"engine.constants"})["modules"]) == ["engine"]
