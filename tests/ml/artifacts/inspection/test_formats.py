from pathlib import Path

import pytest

from catalog.exceptions import InvalidArtifact
from catalog.ml.artifacts.artifact_formats import Detected, Family, detect, model_stem, shown
from tests.hostile_models import COMPRESSIONS, SUFFIXES, fitted, skops_bytes, touching_pickle
from tests.summary import count


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_a_pickle_is_told_by_its_first_bytes(compression: str, tmp_path: Path) -> None:
    path = write(tmp_path, f"m{SUFFIXES[compression]}", COMPRESSIONS[compression](touching_pickle(tmp_path / "marker")))
    assert detect(path, path.name) == Detected(Family.PICKLE, compression)


def test_a_skops_file_is_told_by_its_first_bytes(tmp_path: Path) -> None:
    path = write(tmp_path, "m.skops", skops_bytes(fitted("logistic")))
    assert detect(path, path.name) == Detected(Family.SKOPS)


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_a_pickle_that_is_named_skops_is_refused(compression: str, tmp_path: Path) -> None:
    path = write(tmp_path, "m.skops", COMPRESSIONS[compression](touching_pickle(tmp_path / "marker")))
    with pytest.raises(InvalidArtifact, match=r"^m.skops is named as a skops file, but its first bytes are those of"):
        detect(path, "m.skops")
    assert not (tmp_path / "marker").exists()
    count("hostile models refused")


@pytest.mark.parametrize("name", ["m.joblib", "m.pkl", "m.pickle", "m.sav", "m.pkl.gz"])
def test_a_skops_file_that_is_named_as_a_pickle_is_refused(name: str, tmp_path: Path) -> None:
    path = write(tmp_path, "m", skops_bytes(fitted("logistic")))
    with pytest.raises(InvalidArtifact, match="is named as a pickle file, but its first bytes are those of a zip file"):
        detect(path, name)
    count("hostile models refused")


@pytest.mark.parametrize(
    "content", [b"PK", b"P", b"id,price\n", b"\x89HDF\r\n", b"ZF0x", b"\x80\x09", b"cos\n", b"PAR1"]
)
@pytest.mark.parametrize("name", ["m.skops", "m.joblib"])
def test_what_is_no_model_is_refused(content: bytes, name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidArtifact, match=r"^m\.\w+ is no model file: its first bytes"):
        detect(write(tmp_path, "m", content), name)
    count("hostile models refused")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidArtifact, match=r"^m\.skops is empty"):
        detect(write(tmp_path, "m", b""), "m.skops")


@pytest.mark.parametrize("name", ["m", "m.onnx", "m.skops.exe", "m.zip", ".skops", "skops", "m.csv"])
def test_a_name_that_is_not_a_models_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidArtifact, match=r"a model's file is named with one of \.skops, \.joblib, \.pkl"):
        detect(write(tmp_path, "m", b"\x80\x04"), name)


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("churn_v3.pkl", "churn_v3"),
        ("churn.joblib.gz", "churn"),
        ("a.b.SKOPS", "a.b"),
        ("churn.gz", ""),
        ("readme.md", ""),
    ],
)
def test_the_stem_is_the_name_without_the_suffixes_of_models(name: str, stem: str) -> None:
    assert model_stem(name) == stem


@pytest.mark.parametrize("name", ["a\nb.skops", "a\x1b[31m.skops", "\x00.skops", "x" * 10_000, "\udcff.skops"])
def test_a_message_shows_any_name_on_one_short_line(name: str) -> None:
    assert shown(name).isprintable()
    assert len(shown(name)) < 1000
    assert len(shown(name).splitlines()) == 1
