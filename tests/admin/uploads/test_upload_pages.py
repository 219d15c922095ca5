"""Uploading a dataset: checked in the form, and added by `manage.py add_dataset` in a child process."""

import io
import os
import re
import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from catalog.admin.uploads import held_files, upload_pages
from catalog.ml.tables.file_formats import ENDINGS
from tests.admin.people import SignIn, contents, url
from tests.hostile_models import fitted, skops_bytes
from tests.summary import count

CSV = b"name,wing\nrobin,7\nwren,5\n"


def added(folder: Path, columns: str) -> list[Any]:
    """These columns of the dataset versions that the child added."""
    query = f"SELECT {columns} FROM catalog_datasetversion JOIN catalog_dataset ON catalog_dataset.id = dataset_id"
    with closing(sqlite3.connect(folder / "catalog.sqlite3")) as database:
        return database.execute(query).fetchall()


def upload(client: Client, *, name: str = "birds", content: bytes = CSV, file: str = "birds.csv") -> Any:
    """The preview of the file, and then the answer to adding it; the form where the file was refused at once."""
    data = {"name": name, "description": "Wings."}
    seen = client.post(url("dataset_upload"), data | {"file": SimpleUploadedFile(file, content)})
    if not seen.context["preview"]:
        return seen
    return client.post(url("dataset_upload"), data | {"held": seen.context["form"]["held"].value(), "add": "Add it"})


def refusal(client: Client, **what: Any) -> str:
    """The form that comes back; nothing was added."""
    before = contents()
    response = upload(client, **what)
    assert response.status_code == 200
    assert contents() == before
    return str(response.context["form"].errors)


def test_a_csv_is_added_by_the_person_who_uploads_it(trainer: Client, child_catalog: Path) -> None:
    response = upload(trainer)
    assert (response.status_code, response["Location"]) == (302, "/datasets/birds/1/")
    columns = "name, number, status, row_count, created_by, description"
    assert added(child_catalog, columns) == [("birds", 1, "READY", 2, "Trainers", "Wings.")]


BRAZILIAN = "cidade;preço;dia\nSão Paulo;1.234,50;31/01/2026\nBelém;7,00;01/02/2026\n".encode("cp1252")


def preview(client: Client, content: bytes, **fields: str) -> Any:
    data = {"name": "birds", "file": SimpleUploadedFile("birds.csv", content), **fields}
    return client.post(url("dataset_upload"), data)


def test_a_preview_shows_each_column_as_it_would_be_read_and_stores_nothing(
    trainer: Client, child_catalog: Path
) -> None:
    response = preview(trainer, BRAZILIAN)
    seen = response.context["preview"]
    assert [(column["name"], column["type"], column["values"]) for column in seen["columns"]] == [
        ("cidade", "string", ["São Paulo", "Belém"]),
        ("preço", "number", ["1234.5", "7.0"]),
        ("dia", "date", ["2026-01-31", "2026-02-01"]),
    ]
    page = response.content.decode()
    assert "Read as ;-separated cp1252" in page
    assert "1234.5" in page
    assert 'value="Add it"' in page
    assert added(child_catalog, "name") == []


def test_what_is_asked_for_is_shown_as_a_doubt_and_refused_when_it_is_not_answered(
    trainer: Client, child_catalog: Path
) -> None:
    content = b"d;x\n01/02/2026;1\n"
    seen = preview(trainer, content)
    assert "day/month/year or month/day/year" in seen.content.decode()
    data = {"name": "birds", "held": seen.context["form"]["held"].value(), "add": "Add it"}
    refused = trainer.post(url("dataset_upload"), data)
    assert "Date format" in str(refused.context["form"].errors)
    assert preview(trainer, content, date_format="%m/%d/%Y").context["preview"]["columns"][0]["values"] == [
        "2026-01-02"
    ]


def test_a_date_that_a_typed_file_has_as_text_is_said_and_read_by_the_form(
    trainer: Client, child_catalog: Path
) -> None:
    pq.write_table(pa.table({"dia da compra": ["31/01/2026"]}), content := io.BytesIO())
    told, read = "'dia da compra' is text in the file, and is left so", "'dia da compra=%d/%m/%Y'"
    for said, kind in ({}, "string"), ({"date_format": read}, "date"):
        file = SimpleUploadedFile("birds.parquet", content.getvalue())
        (column,) = trainer.post(url("dataset_upload"), {"name": "birds", "file": file, **said}).context["preview"][
            "columns"
        ]
        assert (column["type"], [doubt.startswith(told) for doubt in column["doubts"]]) == (kind, [True] * (not said))
        assert all(f"Date format {read}" in doubt for doubt in column["doubts"])


def test_a_file_is_held_for_the_session_that_sent_it_alone(
    trainer: Client, sign_in: SignIn, child_catalog: Path
) -> None:
    token = preview(trainer, CSV).context["form"]["held"].value()
    data = {"name": "birds", "held": token, "add": "Add it"}
    other = sign_in("Curators").post(url("dataset_upload"), data)
    assert "The file is no longer here. Choose it again." in str(other.context["form"].errors)
    assert added(child_catalog, "name") == []


def test_files_that_nobody_added_are_removed_after_an_hour(
    trainer: Client, child_catalog: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (old := tmp_path / f"{held_files.PREFIX}0").mkdir()
    os.utime(old, (0, 0))
    upload(trainer)
    assert list(tmp_path.glob(f"{held_files.PREFIX}*")) == []


def test_a_bad_file_comes_back_with_the_reason_of_the_command(trainer: Client, child_catalog: Path) -> None:
    assert "birds.csv" in refusal(trainer, content=b"a,b\n1,2,3\n4,5,6,7\n")
    assert added(child_catalog, "name") == []


@pytest.mark.parametrize("file", ["../../evil.csv", "--help.csv", "a b;rm -rf.csv", "-.csv"])
def test_a_file_name_is_no_path_and_no_option(trainer: Client, child_catalog: Path, file: str) -> None:
    assert upload(trainer, file=file)["Location"] == "/datasets/birds/1/"


ODD_NAMES = [
    "a" * 250 + ".csv", "é" * 200 + ".csv", "鳥" * 120 + ".csv", "..csv", ".csv", "-rf.csv", "--by=root.csv", "con.csv",
    "birds\u202evsc.csv", "$(id).csv", "`id`;'\".csv", "C:\\birds.csv", "a/../../b.csv", " .csv", "%2e%2e%2f.csv",
]  # fmt: skip


@pytest.mark.parametrize("name", ODD_NAMES)
def test_whatever_a_file_is_called_it_lies_in_the_upload_s_own_folder(
    trainer: Client, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    seen: list[Path] = []

    def command(_: str, arguments: Sequence[str], *, folder: Path, **__: str) -> tuple[dict[str, Any], str]:
        assert (folder / arguments[-1]).resolve().parent == folder.resolve()
        seen.extend(folder.iterdir())
        return {}, "it was looked at"

    monkeypatch.setattr(upload_pages, "run_command", command)
    page = upload(trainer, file=name)
    assert page.status_code == 200
    assert [len(path.name.encode()) <= 255 for path in seen] == [True], page.content.decode()
    count("odd names of uploaded files")


@pytest.mark.parametrize("file", ["birds.txt", "birds.csv.exe", "birds", "birds.docx"])
def test_a_file_of_another_kind_is_refused(trainer: Client, file: str) -> None:
    assert f"Choose a file that ends in {', '.join(ENDINGS)}." in refusal(trainer, file=file)


def test_a_file_over_the_limit_is_refused(trainer: Client, settings: Any) -> None:
    settings.CATALOG["UPLOAD_BYTES"] = 10
    assert "The file is larger than" in refusal(trainer)


def test_an_empty_file_is_refused(trainer: Client) -> None:
    assert "The submitted file is empty." in refusal(trainer, content=b"")


@pytest.mark.parametrize("name", ["", "Birds", "--help", "../x", "a/b", "x" * 64])
def test_a_name_that_breaks_the_rule_is_refused(trainer: Client, name: str) -> None:
    assert "name" in upload(trainer, name=name).context["form"].errors


def test_a_form_without_a_file_comes_back(trainer: Client) -> None:
    response = trainer.post(url("dataset_upload"), {"name": "birds"})
    assert response.context["form"].errors["file"] == ["This field is required."]


def test_the_name_may_be_given_by_the_address(trainer: Client) -> None:
    page = trainer.get(url("dataset_upload"), {"name": "birds"}).content.decode()
    assert 'value="birds"' in page


def test_names_that_exist_are_offered(trainer: Client, catalog: Any) -> None:
    page = trainer.get(url("dataset_upload")).content.decode()
    assert '<option value="departures"></option>' in page


def test_an_upload_is_on_the_disk_before_it_is_looked_at(trainer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = []

    def hold(request: Any, file: Any) -> None:
        kept.append(Path(file.temporary_file_path()).read_bytes())

    monkeypatch.setattr(upload_pages, "hold_file", hold)
    upload(trainer)
    assert kept == [CSV]


def test_no_file_stays_behind(
    trainer: Client, child_catalog: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    upload(trainer, content=b"\x00")
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_model_is_added_by_the_person_who_uploads_it(trainer: Client, child_catalog: Path) -> None:
    file = SimpleUploadedFile("iris.skops", skops_bytes(fitted("logistic")))
    data = {"name": "iris", "file": file, "metrics": "accuracy=0.93\n", "notes": "From a course."}
    response = trainer.post(url("modelversion_upload"), data)
    assert (response.status_code, response["Location"]) == (302, "/models/iris/1/")
    query = "SELECT status, origin, created_by, notes, metrics FROM catalog_modelversion"
    with closing(sqlite3.connect(child_catalog / "catalog.sqlite3")) as database:
        ((*facts, metrics),) = database.execute(query).fetchall()
    assert facts == ["READY", "UPLOADED", "Trainers", "From a course."]
    assert '"accuracy": {"value": 0.93' in metrics


def test_a_refusal_of_the_command_stands_at_the_field_that_it_names(trainer: Client, child_catalog: Path) -> None:
    file = SimpleUploadedFile("iris.skops", skops_bytes(fitted("logistic")))
    data = {"name": "iris", "file": file, "metrics": "accuracy=inf"}
    errors = trainer.post(url("modelversion_upload"), data).context["form"].errors
    assert errors == {"metrics": ["Metrics: accuracy=inf, but the value must be a finite number."]}


def test_a_pickle_comes_back_with_the_setting_that_would_allow_it(trainer: Client, child_catalog: Path) -> None:
    file = SimpleUploadedFile("iris.pkl", b"\x80\x04N.")
    response = trainer.post(url("modelversion_upload"), {"name": "iris", "file": file})
    assert "CATALOG_ALLOW_PICKLE_UPLOADS" in str(response.context["form"].errors)


@pytest.mark.parametrize(
    ("name", "plain", "folded"),
    [
        ("dataset_upload", ["name", "description", "file"], {"sheet", "delimiter", "decimal", "missing"}),
        ("modelversion_upload", ["name", "file"], {"task", "dataset", "target", "metrics", "notes"}),
    ],
)
def test_what_is_seldom_said_of_a_file_is_folded(
    trainer: Client, name: str, plain: list[str], folded: set[str]
) -> None:
    before, _, after = trainer.get(url(name)).content.decode().partition("<details >")
    assert re.findall(r'<label for="id_(\w+)"', before) == plain
    assert folded <= set(re.findall(r'<label for="id_(\w+)"', after.partition("</details>")[0]))


def test_what_was_said_of_a_file_is_unfolded_when_the_form_comes_back(trainer: Client) -> None:
    page = trainer.post(url("dataset_upload"), {"name": "a", "delimiter": ";"}).content.decode()
    assert "<details open" in page
