"""The columns that folders `key=value` hold are those of a file, however people spell where it lies."""

import shutil
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from django.conf import settings

from catalog.models import DatasetVersion
from catalog.services.datasets.add_dataset import add_dataset
from tests.commands.conftest import Run

ROWS = 60
PART = "sales/country=br/year=2026/part.csv"
# The folder in which people are, and what they type.
WAYS = {
    "from the root": ("", "{root}/" + PART),
    "from outside": ("", PART),
    "from between": ("sales/country=br", "year=2026/part.csv"),
    "from within": ("sales/country=br/year=2026", "part.csv"),
    "up and down": ("sales/country=br/year=2026", "../year=2026/part.csv"),
    "out of another folder": ("sales/country=us/year=2025", "../../country=br/year=2026/part.csv"),
    "by a link to the folder": ("", "latest/part.csv"),
    "in a link to the folder": ("latest", "./part.csv"),
    "by a link to the file": ("", "newest.csv"),
    "by a folder that is a link": ("", "linked/country=br/year=2026/part.csv"),
    "in a folder that is a link": ("linked/country=br/year=2026", "part.csv"),
    "up from a folder that is a link": ("linked/country=br/year=2026/deep", "../part.csv"),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Sales of two countries; elsewhere a file in a folder that `year=2026` is only a link to."""
    for folder, rows in (("country=br/year=2026", ROWS), ("country=us/year=2025", ROWS // 2)):
        (tmp_path / "sales" / folder).mkdir(parents=True)
        frame = pd.DataFrame({"km": np.arange(rows), "late": "yes" if "br" in folder else "no"})
        frame.to_csv(tmp_path / "sales" / folder / "part.csv", index=False)
    (tmp_path / "latest").symlink_to("sales/country=br/year=2026")
    (tmp_path / "newest.csv").symlink_to(PART)
    (tmp_path / "disk" / "deep").mkdir(parents=True)
    shutil.copy(tmp_path / PART, tmp_path / "disk")
    (tmp_path / "linked" / "country=br").mkdir(parents=True)
    (tmp_path / "linked" / "country=br" / "year=2026").symlink_to(tmp_path / "disk")
    return tmp_path


def enter(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a shell keeps as the name of its folder."""
    monkeypatch.setitem(settings.CATALOG, "READ_VARIABLE", lambda name: {"PWD": folder}.get(name, ""))


def go(root: Path, way: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Into the folder, as a shell does; what is typed there."""
    place, typed = WAYS[way]
    monkeypatch.chdir(root / place)
    enter(str(root / place), monkeypatch)
    return typed.format(root=root)


@pytest.mark.parametrize("way", WAYS)
def test_a_file_has_the_columns_of_its_folders(run: Run, root: Path, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    typed = go(root, way, monkeypatch)
    seen = run("add_dataset", "sales", typed, "--preview", "--json").json
    columns = [(column["name"], column["type"], column["values"][:1]) for column in seen["columns"][2:]]
    assert columns == [("country", "string", ["br"]), ("year", "integer", ["2026"])]
    assert "  Columns from the folders' names: country, year." in run("add_dataset", "sales", typed).lines
    assert DatasetVersion.objects.get().column_names == ["km", "late", "country", "year"]


def test_a_file_is_predicted_with_the_columns_of_its_folders(
    run: Run, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("add_dataset", "sales", root / "sales")
    run("train_model", "late", "--dataset", "sales", "--target", "late", "--drop", "km", "--estimator", "decision_tree")
    for way in WAYS:
        told = run("predict", "late:1", "-i", go(root, way, monkeypatch), "-o", root / "out.csv")
        assert told.code == 0, f"{way}: {told.err}"
        assert set(pd.read_csv(root / "out.csv")["prediction"]) == {"yes"}, way


def test_a_stale_name_of_the_working_folder_is_not_believed(
    run: Run, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = go(root, "from within", monkeypatch)
    enter(str(root / "sales/country=us/year=2025"), monkeypatch)
    assert run("add_dataset", "sales", typed, "--preview", "--json").json["columns"][3]["values"][:1] == ["2026"]


def test_a_link_that_says_otherwise_is_refused(run: Run, root: Path) -> None:
    (root / "sales/country=br/year=2027").symlink_to("year=2026")
    path = root / "sales/country=br/year=2027/part.csv"
    assert run("add_dataset", "sales", path).err == (
        f"{path} lies in year=2027, and by a link in year=2026. Name the file without the link."
    )


def test_the_folders_of_many_files_are_those_in_which_they_lie(
    run: Run, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (other := root / "sales/country=us/shop=7").mkdir()
    monkeypatch.chdir(other)
    run("add_dataset", "sales", "../../country=br")
    version = DatasetVersion.objects.get()
    assert (version.column_names, version.row_count) == (["km", "late", "country", "year"], ROWS)


def test_folders_to_which_links_lead_are_read_once(run: Run, root: Path) -> None:
    (root / "sales/latest").symlink_to("country=br")
    (root / "sales/country=us/up").symlink_to("../..")
    (root / "sales/country=de").symlink_to(root / "linked/country=br")
    run("add_dataset", "sales", root / "sales")
    version = DatasetVersion.objects.get()
    countries = next(column["top"] for column in version.profile if column["name"] == "country")
    assert countries == [
        {"value": "br", "count": ROWS}, {"value": "de", "count": ROWS}, {"value": "us", "count": ROWS // 2}
    ]  # fmt: skip


@pytest.mark.django_db
def test_the_same_bytes_in_another_folder_are_another_version(root: Path) -> None:
    (other := root / "sales/country=br/year=2027").mkdir()
    shutil.copy(root / PART, other)
    for path in (root / PART, other / "part.csv", other / "part.csv"):
        add_dataset(name="sales", source=str(path), actor="ada")
    recorded = [version.read_options["partitions"]["year"] for version in DatasetVersion.objects.order_by("number")]
    assert recorded == ["2026", "2027"]


def test_folders_in_a_zip_file_are_those_of_its_table(run: Run, root: Path) -> None:
    with zipfile.ZipFile(path := root / "sales/country=br/all.zip", "w") as archive:
        archive.write(root / PART, "of us/year=2026/part.csv")
    run("add_dataset", "sales", path)
    assert DatasetVersion.objects.get().column_names == ["km", "late", "country", "year"]
    assert run("add_dataset", "sales", root / "sales/country=br/*.zip", "--preview", "--json").json["rows"] == ROWS
