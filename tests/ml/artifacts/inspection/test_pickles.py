import io
import pickle
from pathlib import Path

import joblib
import pytest

from catalog.exceptions import InvalidArtifact
from catalog.ml.artifacts.inspection.limits import Limits
from catalog.ml.artifacts.inspection.pickles import read_pickle_claims
from tests.hostile_models import COMPRESSIONS, fitted, touching_pickle
from tests.summary import count


@pytest.mark.parametrize("behind_arrays", [False, True])
@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_looking_at_a_pickle_runs_nothing(compression: str, behind_arrays: bool, tmp_path: Path) -> None:
    content = COMPRESSIONS[compression](touching_pickle(tmp_path / "marker", behind_arrays=behind_arrays))
    result = read_pickle_claims(io.BytesIO(content), compression, Limits())
    assert result["format"] == ("joblib" if compression or behind_arrays else "pickle")
    assert not (tmp_path / "marker").exists()
    count("hostile models refused")


def test_the_pickle_runs_code_when_it_is_loaded(tmp_path: Path) -> None:
    joblib.load(io.BytesIO(touching_pickle(tmp_path / "marker", behind_arrays=True)))
    assert (tmp_path / "marker").exists()


@pytest.mark.parametrize("compress", [0, 3, ("gzip", 1), ("bz2", 1), ("xz", 1), ("lzma", 1)])
def test_joblib_files_are_told_from_plain_pickles(compress: int | tuple[str, int]) -> None:
    buffer = io.BytesIO()
    joblib.dump(fitted("forest"), buffer, compress=compress)
    kind = compress[0] if isinstance(compress, tuple) else "zlib" if compress else ""
    result = read_pickle_claims(buffer, kind, Limits())
    assert (result["format"], result["sklearn_version"]) == ("joblib", __import__("sklearn").__version__)
    assert "sklearn.ensemble._forest.RandomForestClassifier" in result["named"]


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_class_and_version_are_found_in_every_protocol(protocol: int) -> None:
    result = read_pickle_claims(io.BytesIO(pickle.dumps(fitted("logistic"), protocol)), "", Limits())
    assert result["format"] == "pickle"
    assert result["named"][0] == "sklearn.linear_model._logistic.LogisticRegression"
    assert result["sklearn_version"] == __import__("sklearn").__version__


@pytest.mark.parametrize("compression", [name for name in COMPRESSIONS if name])
def test_a_pickle_that_unpacks_without_end_is_refused(compression: str) -> None:
    content = COMPRESSIONS[compression](pickle.dumps(b"\0" * 5_000_000))
    with pytest.raises(InvalidArtifact, match=r"it unpacks to more than 2,000,000 bytes \(CATALOG_MODEL_BYTES\)"):
        read_pickle_claims(io.BytesIO(content), compression, Limits(unpacked_bytes=2_000_000))
    count("hostile models refused")


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_what_does_not_hold_a_pickle_is_refused(compression: str) -> None:
    content = COMPRESSIONS[compression](b"PK\x03\x04 and the rest of a zip file")
    with pytest.raises(InvalidArtifact, match="what it holds is no pickle"):
        read_pickle_claims(io.BytesIO(content), compression, Limits())


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_a_truncated_file_is_refused(compression: str) -> None:
    content = COMPRESSIONS[compression](pickle.dumps(fitted("forest")))[:-200]
    with pytest.raises(InvalidArtifact, match=r"it can't be unpacked|it is incomplete"):
        read_pickle_claims(io.BytesIO(content), compression, Limits())


def test_a_compression_that_is_not_installed_is_named() -> None:
    with pytest.raises(InvalidArtifact, match="compressed with lz4, which is not installed here: pip install lz4"):
        read_pickle_claims(io.BytesIO(b"\x04\x22\x4d\x18"), "lz4", Limits())
