from pathlib import Path
from typing import Any

import pytest

from catalog.models import ModelVersion
from tests.commands.conftest import Run
from tests.hostile_models import fitted, skops_bytes, touching_pickle
from tests.uploading import assert_nothing_is_left

pytestmark = pytest.mark.usefixtures("inspected_here")


def models(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "churn_v3.skops").write_bytes(skops_bytes(fitted("tree")))
    (folder / "price.skops").write_bytes(skops_bytes(fitted("boosting")))
    return folder


def test_a_dry_run_shows_what_would_be_done(run: Run, tmp_path: Path) -> None:
    folder = models(tmp_path)
    done = run("import_models", folder)
    assert [line.split() for line in done.lines[:2]] == [
        ["file", "model", "bytes", "what", "it", "is", "to", "do"],
        ["churn_v3.skops", "churn", f"{(folder / 'churn_v3.skops').stat().st_size:,}", "a", "zip", "file,", "as",
         "skops", "writes", "as", "churn:3,", "or", "its", "next"],
    ]  # fmt: skip
    assert done.lines[-1] == "2 versions to add. Nothing was changed; add --yes to do it."
    assert_nothing_is_left()


def test_yes_adds_and_a_second_run_adds_nothing(run: Run, tmp_path: Path) -> None:
    folder = models(tmp_path)
    done = run("import_models", folder, "--yes")
    assert done.lines[1].split()[-1] == "churn:3"
    assert done.lines[-1].startswith("2 versions added, quarantined. Approve each: manage.py approve_version")
    again = run("import_models", folder, "--yes")
    assert again.lines[-1] == "0 versions added, quarantined."
    assert "there already as churn:3" in again.lines[1]
    assert run("import_models", folder).lines[-1] == "Nothing to add."
    assert ModelVersion.objects.count() == 2


def test_pickles_are_told_of_once(run: Run, tmp_path: Path, settings: Any) -> None:
    for number in (1, 2):
        (tmp_path / f"m_v{number}.pkl").write_bytes(touching_pickle(tmp_path / f"marker{number}"))
    assert run("import_models", tmp_path).err.count("CATALOG_ALLOW_PICKLE_UPLOADS") == 1
    done = run("import_models", tmp_path, "--yes")
    assert (done.code, done.err.splitlines()[-1][-66:]) == (
        1, "Nothing was added. Allow pickles, or move them out of the folder.",
    )  # fmt: skip
    assert_nothing_is_left()
    settings.CATALOG["ALLOW_PICKLE_UPLOADS"] = True
    assert run("import_models", tmp_path, "--yes", "--task", "regression").code == 0
    assert not list(tmp_path.glob("marker*"))


def test_a_refused_file_is_exit_1_after_the_table(run: Run, tmp_path: Path) -> None:
    folder = models(tmp_path)
    (folder / "churn_v1.skops").write_bytes(b"PK\x03\x04")
    done = run("import_models", folder, "--yes")
    assert (done.code, done.err) == (1, "1 file could not be added; the table says why.")
    assert "no intact zip file" in done.lines[1]
    assert ModelVersion.objects.count() == 2


def test_an_empty_folder_says_so(run: Run, tmp_path: Path) -> None:
    assert run("import_models", tmp_path).out.endswith("holds no model files (.skops, .joblib, .pkl, .pickle).\n")
