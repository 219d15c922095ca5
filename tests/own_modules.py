"""Modules of somebody's own, in a repository of theirs, for the time of a test."""

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SCALES = "FACTOR = 2.0\n"
MINE = '''
"""A pipeline of one's own."""
from scales import FACTOR
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier


class Scaled(TransformerMixin, BaseEstimator):
    def __init__(self, factor=FACTOR):
        self.factor = factor

    def fit(self, frame, target=None):
        self.columns_ = list(frame.columns)
        return self

    def transform(self, frame):
        return frame[["distance"]] * self.factor


def make(depth=3, **others):
    return make_pipeline(Scaled(**others), DecisionTreeClassifier(max_depth=depth, random_state=0))
'''


class OwnModules:
    """`mine` and what it imports, `scales`."""

    def __init__(self, folder: Path, patched: pytest.MonkeyPatch) -> None:
        self.folder, self.patched = folder, patched
        folder.mkdir()
        self.write("scales", SCALES)
        self.write("mine", MINE)
        patched.syspath_prepend(folder)

    def write(self, name: str, text: str) -> None:
        (self.folder / f"{name}.py").write_text(text)
        self.forget()

    def forget(self) -> None:
        """As in another process: nothing of them is imported."""
        importlib.invalidate_caches()
        for name in ("mine", "scales"):
            sys.modules.pop(name, None)

    def remove(self) -> None:
        """As on another machine, which has none of them."""
        for path in self.folder.glob("*.py"):
            path.unlink()
        self.forget()

    def commit(self) -> str:
        for arguments in (("init", "--quiet"), ("add", "."), ("commit", "--quiet", "-m", "Mine")):
            self._git(*arguments)
        return self._git("rev-parse", "HEAD")

    def _git(self, *arguments: str) -> str:
        who = ("-c", "user.name=a", "-c", "user.email=a@b.c")
        answered = subprocess.run(
            ["git", *who, *arguments], cwd=self.folder, check=True, capture_output=True, text=True
        )
        return answered.stdout.strip()


@pytest.fixture
def own_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnModules]:
    modules = OwnModules(tmp_path / "own", monkeypatch)
    yield modules
    modules.forget()
