"""Models trained elsewhere, in a real bucket: what is stored, and what who has the bucket's keys could do to it."""

from collections.abc import Callable
from pathlib import Path

import joblib
import pytest
from sklearn.neighbors import KNeighborsClassifier

from tests.factories import write_csv
from tests.hostile_models import IRIS, fitted, skops_bytes, touching_pickle
from tests.s3.bucket import Bucket
from tests.s3.machine import Machine
from tests.summary import count

PICKLES = {"CATALOG_ALLOW_PICKLE_UPLOADS": "true"}


@pytest.fixture(scope="module")
def iris_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_csv(IRIS.data, tmp_path_factory.mktemp("data"), "iris.csv")


@pytest.fixture(scope="module")
def uploaded(machine: Callable[..., Machine]) -> Machine:
    """With keys for nothing but its folder: `forest:1` ready, `near:1` (skops) and `pickled:1` in quarantine."""
    made = machine(limited=True)
    (made.work / "forest.skops").write_bytes(skops_bytes(fitted("forest")))
    near = KNeighborsClassifier(algorithm="kd_tree").fit(IRIS.data, IRIS.target)
    (made.work / "near.skops").write_bytes(skops_bytes(near))
    joblib.dump(fitted("tree"), made.work / "tree.joblib", compress=3)
    made.run("add_version", "forest", "forest.skops")
    made.run("add_version", "near", "near.skops")
    made.run("add_version", "pickled", "tree.joblib", **PICKLES)
    return made


def test_an_uploaded_model_predicts_on_another_machine(
    uploaded: Machine, machine: Callable[..., Machine], iris_csv: Path
) -> None:
    other = machine(beside=uploaded)
    other.run("predict", "forest:1", "-i", iris_csv, "-o", "out.csv")
    predicted = (other.work / "out.csv").read_text().split()[1:]
    assert predicted == [str(label) for label in fitted("forest").predict(IRIS.data)]


def test_the_object_lies_beside_its_manifest(uploaded: Machine, bucket: Bucket) -> None:
    keys = {key.removeprefix(f"{uploaded.location}/") for key in bucket.objects(uploaded)}
    assert {key.rpartition("-")[2] for key in keys if key.startswith("models/near/v0001/")} == {
        "model.skops", "models/near/v0001/manifest.json",
    }  # fmt: skip


@pytest.mark.parametrize("part", [0.0, 0.5, 1.0])
def test_a_byte_flipped_in_quarantine_is_not_approved(uploaded: Machine, bucket: Bucket, part: float) -> None:
    key = _key(uploaded, bucket, "near")
    content = bytearray(bucket.read(key))
    content[int(part * (len(content) - 1))] ^= 1
    uploaded.forget_files()
    with bucket.changed(key, bytes(content)):
        done = uploaded.run("approve_version", "near:1", "--by", "bob", check=False)
    assert_refused(done.returncode, done.stderr, "is not what the catalog recorded: its SHA-256 is")


def test_an_object_swapped_for_another_versions_is_not_approved(uploaded: Machine, bucket: Bucket) -> None:
    uploaded.forget_files()
    with bucket.changed(_key(uploaded, bucket, "near"), bucket.read(_key(uploaded, bucket, "forest"))):
        done = uploaded.run("approve_version", "near:1", "--by", "bob", check=False)
    assert_refused(done.returncode, done.stderr, "is not what the catalog recorded: it has")


@pytest.mark.parametrize("larger", [False, True])
def test_a_pickle_put_in_the_place_of_a_quarantined_one_does_not_run(
    uploaded: Machine, bucket: Bucket, larger: bool, tmp_path: Path
) -> None:
    key = _key(uploaded, bucket, "pickled")
    size = len(bucket.read(key)) + 5_000_000 * larger
    uploaded.forget_files()
    with bucket.changed(key, touching_pickle(tmp_path / "marker").ljust(size, b".")):
        done = uploaded.run("approve_version", "pickled:1", "--by", "bob", check=False, **PICKLES)
    assert_refused(done.returncode, done.stderr, f"it has {size:,} bytes" if larger else "its SHA-256 is")
    assert not (tmp_path / "marker").exists()
    assert [path for path in uploaded.home.rglob("*") if path.is_file()] == []


def test_an_approved_pickle_replaced_afterwards_does_not_run(
    uploaded: Machine, bucket: Bucket, iris_csv: Path, tmp_path: Path
) -> None:
    uploaded.run("approve_version", "pickled:1", "--by", "bob", **PICKLES)
    uploaded.run("predict", "pickled:1", "-i", iris_csv, "-o", "out.csv", **PICKLES)
    refused = uploaded.run("predict", "pickled:1", "-i", iris_csv, "-o", "out.csv", check=False)
    assert_refused(refused.returncode, refused.stderr, "CATALOG_ALLOW_PICKLE_UPLOADS is off")
    key = _key(uploaded, bucket, "pickled")
    uploaded.forget_files()
    with bucket.changed(key, touching_pickle(tmp_path / "marker").ljust(len(bucket.read(key)), b".")):
        done = uploaded.run("predict", "pickled:1", "-i", iris_csv, "-o", "out.csv", check=False, **PICKLES)
    assert_refused(done.returncode, done.stderr, "It was not opened")
    assert not (tmp_path / "marker").exists()


def test_a_refused_file_leaves_nothing_in_the_bucket(uploaded: Machine, bucket: Bucket) -> None:
    before = bucket.objects(uploaded)
    (uploaded.work / "broken.skops").write_bytes(skops_bytes(fitted("logistic"))[:-40])
    done = uploaded.run("add_version", "broken", "broken.skops", check=False)
    assert_refused(done.returncode, done.stderr, "no intact zip file")
    assert bucket.objects(uploaded) == before
    assert uploaded.rows("SELECT * FROM catalog_registeredmodel WHERE name = 'broken'") == []


def _key(machine: Machine, bucket: Bucket, name: str) -> str:
    (key,) = [key for key in bucket.objects(machine) if f"/models/{name}/" in key and "-model." in key]
    return key


def assert_refused(code: int, told: str, why: str) -> None:
    assert code == 1
    assert why in told
    assert len(told.splitlines()) == 1, told
    count("hostile models refused")
