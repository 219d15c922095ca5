import zipfile
from pathlib import Path
from typing import Any

import pytest

from catalog.exceptions import CatalogError, InvalidArtifact, InvalidRequest, NotPermitted
from catalog.services.prediction.loading import load_version
from catalog.services.uploads.add_version import add_version
from tests.hostile_models import (
    COMPRESSIONS,
    SUFFIXES,
    archive,
    fitted,
    skops_bytes,
    touching_pickle,
)
from tests.ml.artifacts.inspection.test_examine import neighbors
from tests.services.snapshots import location
from tests.summary import count
from tests.uploading import assert_nothing_is_left, write_model

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inspected_here")]


@pytest.mark.parametrize("behind_arrays", [False, True])
@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_pickles_are_refused_unless_they_are_allowed(compression: str, behind_arrays: bool, tmp_path: Path) -> None:
    content = COMPRESSIONS[compression](touching_pickle(tmp_path / "marker", behind_arrays=behind_arrays))
    with pytest.raises(InvalidRequest, match="CATALOG_ALLOW_PICKLE_UPLOADS=true if you must"):
        add_version(name="iris", source=write_model(tmp_path, content, f"m{SUFFIXES[compression]}"), actor="ada")
    assert not (tmp_path / "marker").exists()
    assert_nothing_is_left()
    count("hostile models refused")


@pytest.mark.parametrize("behind_arrays", [False, True])
@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_allowed_pickles_are_quarantined_and_not_loaded(
    compression: str, behind_arrays: bool, tmp_path: Path, settings: Any
) -> None:
    settings.CATALOG["ALLOW_PICKLE_UPLOADS"] = True
    content = COMPRESSIONS[compression](touching_pickle(tmp_path / "marker", behind_arrays=behind_arrays))
    source = write_model(tmp_path, content, f"m{SUFFIXES[compression]}")
    version = add_version(name="iris", source=source, actor="ada", task="classification")
    assert version.status == "QUARANTINED"
    version.status = "READY"  # whoever got so far without an approval
    with pytest.raises(NotPermitted, match="the approval is void"):
        load_version(version)
    assert not (tmp_path / "marker").exists()
    count("hostile models refused")


@pytest.mark.parametrize(
    ("name", "content"),
    {
        "bomb.skops": archive({"schema.json": b"{}", "a.npy": b"\0" * 30_000_000}),
        "members.skops": archive({"schema.json": b"{}"} | {f"../../{n}": b"" for n in range(100_001)}),
        "no_schema.skops": archive({"a": b""}),
        "empty.skops": b"",
        "text.skops": b"hello",
        "deep.skops": archive({"schema.json": b'{"content": ' * 100_000 + b"1" + b"}" * 100_000}),
        "nan.skops": archive({"schema.json": b"NaN"}),
        "list.skops": archive({"schema.json": b"[]"}),
        "climbing.skops": archive({"schema.json": b'{"protocol": 2}', "../../../tmp/climbed": b"x"}),
    }.items(),
)
def test_what_is_no_sound_skops_file_leaves_nothing(name: str, content: bytes, tmp_path: Path, settings: Any) -> None:
    settings.CATALOG["MODEL_BYTES"] = 20_000_000
    with pytest.raises(InvalidArtifact) as caught:
        add_version(name="iris", source=write_model(tmp_path, content, name), actor="ada")
    assert len(str(caught.value).splitlines()) == 1
    assert_nothing_is_left()
    assert not Path("/tmp/climbed").exists()
    count("hostile models refused")


@pytest.mark.parametrize("name", ["../../etc", "a/b", "a\x1b[31m", "a\0b", "x" * 10_000, "", "A", "ä", "a\n"])
def test_hostile_names_of_models_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="can't be the name of a model") as caught:
        add_version(name=name, source=write_model(tmp_path, neighbors()), actor="ada")
    assert len(str(caught.value)) < 300
    assert str(caught.value).isprintable()
    assert_nothing_is_left()
    count("hostile models refused")


@pytest.mark.parametrize("name", ["../../m.skops", "a\n\x1b[31m.skops", f"{'x' * 10_000}.skops", "/etc/passwd.skops"])
def test_hostile_names_of_files_are_recorded_harmlessly(name: str, tmp_path: Path) -> None:
    source = write_model(tmp_path, skops_bytes(fitted("logistic")))
    version = add_version(name="iris", source=source, file_name=name, actor="ada")
    recorded = version.inspection["file_name"]
    assert recorded.isprintable()
    assert "/" not in recorded
    assert len(recorded) < 200
    assert Path(version.artifact.path).is_relative_to(location())
    count("hostile models refused")


def test_a_file_swapped_after_its_inspection_is_stored_as_it_was_inspected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from catalog.services.uploads import add_version as adding

    content, source = skops_bytes(fitted("logistic")), tmp_path / "m.skops"
    source.write_bytes(content)
    inspect = adding.inspect

    def swap(*given: Any, **options: Any) -> Any:
        result = inspect(*given, **options)
        source.write_bytes(touching_pickle(tmp_path / "marker"))
        return result

    monkeypatch.setattr(adding, "inspect", swap)
    version = add_version(name="iris", source=str(source), actor="ada")
    assert Path(version.artifact.path).read_bytes() == content
    count("hostile models refused")


def test_members_of_the_archive_are_never_written_to_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*given: Any, **options: Any) -> None:
        pytest.fail("extracted")

    monkeypatch.setattr(zipfile.ZipFile, "extract", refuse)
    monkeypatch.setattr(zipfile.ZipFile, "extractall", refuse)
    add_version(name="iris", source=write_model(tmp_path, skops_bytes(fitted("logistic"))), actor="ada")
