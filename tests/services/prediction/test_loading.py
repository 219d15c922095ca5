import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from catalog import load_model
from catalog.exceptions import DigestMismatch, EnvironmentMismatch, LoadFailed, ObjectMissing
from catalog.models import ModelVersion
from catalog.services.prediction.loading import LOADED_MODELS, _ModelCache, load_version
from catalog.services.registry.aliases import promote
from catalog.storage.local import LocalCatalogStorage


@pytest.fixture
def fetches(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys that are fetched from storage."""
    keys: list[str] = []
    fetch = LocalCatalogStorage.fetch

    def noted(self: LocalCatalogStorage, key: str, *arguments: Any, **options: Any) -> None:
        keys.append(key)
        fetch(self, key, *arguments, **options)

    monkeypatch.setattr(LocalCatalogStorage, "fetch", noted)
    return keys


@pytest.fixture(autouse=True)
def nothing_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.services.prediction.loading._model_cache", _ModelCache())


def flip_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-20] ^= 1
    path.write_bytes(content)


def test_a_reference_gives_the_estimator(late_v1: ModelVersion) -> None:
    assert list(load_model("late:1").estimator.classes_) == [False, True]


def test_a_name_gives_what_is_in_production_now(late_v1: ModelVersion) -> None:
    promote(reference="late:1", alias="production", actor="ada")
    estimators = [load_model(reference).estimator for reference in ("late", "late@production", "late:1")]
    assert len({id(estimator) for estimator in estimators}) == 1


def test_eight_threads_load_one_estimator_fetched_once(late_v1: ModelVersion, fetches: list[str]) -> None:
    loaded, start = _ModelCache(), Barrier(8)

    def load(_: int) -> Any:
        start.wait()
        return loaded.get(late_v1, False)

    with ThreadPoolExecutor(8) as threads:
        estimators = list(threads.map(load, range(8)))
    assert len({id(estimator) for estimator in estimators}) == 1
    assert fetches == [late_v1.artifact.name]


def test_another_process_takes_the_file_from_the_cache(late_v1: ModelVersion, fetches: list[str]) -> None:
    for _ in range(3):
        load_version(late_v1)
    assert fetches == [late_v1.artifact.name]


def test_only_the_last_estimators_are_kept(late_v1: ModelVersion) -> None:
    loaded = _ModelCache()
    loaded.estimators.update({str(number): None for number in range(LOADED_MODELS)})
    loaded.get(late_v1, False)
    assert list(loaded.estimators)[:-1] == [str(number) for number in range(1, LOADED_MODELS)]


def test_a_changed_object_is_refused_before_it_is_opened(late_v1: ModelVersion) -> None:
    flip_a_byte(Path(late_v1.artifact.path))
    with pytest.raises(DigestMismatch, match=f"expected {late_v1.sha256}. It was not opened."):
        load_model("late:1")


def test_a_changed_cache_file_is_fetched_again(late_v1: ModelVersion, fetches: list[str], tmp_path: Path) -> None:
    load_version(late_v1)
    flip_a_byte(tmp_path / "cache" / late_v1.sha256[:2] / late_v1.sha256)
    load_version(late_v1)
    assert len(fetches) == 2


def test_a_missing_object_is_named(late_v1: ModelVersion) -> None:
    Path(late_v1.artifact.path).unlink()
    with pytest.raises(ObjectMissing, match=late_v1.artifact.path):
        load_model("late:1")


def test_a_failed_load_is_tried_again(late_v1: ModelVersion) -> None:
    path = Path(late_v1.artifact.path)
    path.rename(path.with_suffix(".away"))
    with pytest.raises(ObjectMissing):
        load_model("late:1")
    path.with_suffix(".away").rename(path)
    assert load_model("late:1") is not None


def test_the_environment_is_compared_before_the_file_is_fetched(late_v1: ModelVersion, fetches: list[str]) -> None:
    late_v1.environment["versions"]["scikit-learn"] = "1.2.3"
    with pytest.raises(EnvironmentMismatch, match=r"trained with scikit-learn 1\.2\.3"):
        load_version(late_v1)
    assert fetches == []


def test_an_allowed_mismatch_is_a_warning(late_v1: ModelVersion) -> None:
    late_v1.environment["versions"]["scikit-learn"] = "1.2.3"
    assert "1.2.3" in load_version(late_v1, allow_version_mismatch=True).warnings[0]


def test_an_intact_file_that_can_not_be_loaded_says_so(late_v1: ModelVersion) -> None:
    Path(late_v1.artifact.path).write_bytes(b"not an estimator")
    late_v1.sha256, late_v1.size_bytes = hashlib.sha256(b"not an estimator").hexdigest(), 16
    with pytest.raises(LoadFailed, match=r"^late:1 \(sha256 .* can't be loaded here: "):
        load_version(late_v1)
