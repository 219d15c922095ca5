"""Temporary files and folders of processes that were killed: a later run removes them, and no other's."""

import fcntl
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from catalog.temporary_files import PREFIX, UNTOUCHED_SECONDS, temporary_file, temporary_folder
from tests.summary import count

ROOT = Path(__file__).resolve().parents[2]
HOLD_AND_DIE = """
import os, pathlib, signal, sys
from catalog.temporary_files import temporary_file, temporary_folder
parent = pathlib.Path(sys.argv[1]) if sys.argv[1:] else None
with temporary_folder(parent=parent) as folder, temporary_file(parent=parent):
    (folder / "half.csv").write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def tmpdir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def age(folder: Path) -> None:
    old = time.time() - 2 * UNTOUCHED_SECONDS
    for path in folder.iterdir():
        os.utime(path, (old, old))


@pytest.mark.parametrize("is_beside", [False, True])
def test_what_a_killed_process_left_is_removed_by_the_next_one(tmpdir: Path, is_beside: bool) -> None:
    parent = tmpdir if is_beside else None
    command = [sys.executable, "-c", HOLD_AND_DIE, *([str(parent)] if parent else [])]
    killed = subprocess.run(command, cwd=ROOT, env={"TMPDIR": str(tmpdir)}, check=False)
    assert (killed.returncode, len(list(tmpdir.iterdir()))) == (-signal.SIGKILL, 2)
    age(tmpdir)
    with temporary_folder(parent=parent) as folder:
        assert list(tmpdir.iterdir()) == [folder]
    assert list(tmpdir.iterdir()) == []
    count("files and folders of killed processes in TMPDIR removed", 2)


def test_what_a_living_process_holds_stays_however_old(tmpdir: Path) -> None:
    with temporary_folder() as held, temporary_file() as file:
        age(tmpdir)
        with temporary_folder():
            assert held.is_dir()
            assert Path(file.name).is_file()


def test_what_is_young_stays_for_it_may_not_be_locked_yet(tmpdir: Path) -> None:
    young = tmpdir / f"{PREFIX}young"
    young.mkdir()
    with temporary_folder():
        assert young.is_dir()


def test_links_and_what_others_made_are_not_followed_or_removed(tmpdir: Path) -> None:
    kept = tmpdir / "own" / "kept.csv"
    kept.parent.mkdir()
    kept.touch()
    (tmpdir / f"{PREFIX}link").symlink_to(kept.parent)
    (tmpdir / "catalog-tests-of-others").mkdir()
    age(tmpdir)
    with temporary_folder():
        pass
    assert {path.name for path in tmpdir.iterdir()} == {"own", f"{PREFIX}link", "catalog-tests-of-others"}
    assert kept.is_file()


def test_a_file_that_was_moved_away_stays_where_it_went(tmpdir: Path) -> None:
    with temporary_file(parent=tmpdir) as file:
        file.write(b"whole")
        file.flush()
        os.replace(file.name, tmpdir / "output.csv")
    assert [path.read_bytes() for path in tmpdir.iterdir()] == [b"whole"]


def test_files_are_kept_where_the_file_system_knows_no_locks(tmpdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise OSError("No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with temporary_folder() as held:
        age(tmpdir)
        with temporary_folder():
            assert held.is_dir()
