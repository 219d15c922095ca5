"""The three ways in which people bring a catalog's objects elsewhere, after each of which it is sound and of use."""

import json
import secrets
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.s3.bucket import Bucket
from tests.s3.machine import TRAIN_TUMOUR, Machine
from tests.s3.recovery import findings
from tests.servers.seaweedfs import SeaweedFS
from tests.servers.site import copy_database


@pytest.fixture(scope="module")
def filled(machine: Callable[..., Machine], cancer_csv: Path) -> Machine:
    """A catalog whose objects lie in a bucket, with a dataset, a model, a prediction, and a version in the trash."""
    made = machine()
    fill(made, cancer_csv)
    return made


@pytest.fixture
def at_home(filled: Machine, tmp_path: Path) -> Machine:
    return with_own_rows(filled, tmp_path)


def with_own_rows(filled: Machine, folder: Path) -> Machine:
    """Another machine with the same rows: no test changes the objects where they are before they are moved."""
    source, target = Path(filled.environment["DATABASE_URL"].removeprefix("sqlite:///")), folder / "catalog.sqlite3"
    copy_database(source, target)
    of_objects = ("AWS_", "DJANGO_SETTINGS_MODULE", "LOCAL_OBJECTS")
    variables = {name: value for name, value in filled.environment.items() if name.startswith(of_objects)}
    return Machine.make(folder / "machine", f"sqlite:///{target}", variables)


def fill(made: Machine, cancer_csv: Path) -> None:
    made.run("add_dataset", "cancer", cancer_csv)
    made.run(*TRAIN_TUMOUR, "--alias", "production")
    made.run("predict", "tumour", "-i", cancer_csv)
    made.run(*TRAIN_TUMOUR)
    made.run("delete_version", "tumour:2")


def moved_to(machine: Machine, location: str) -> Machine:
    """The same machine, whose .env names another folder of the bucket."""
    environment = {**machine.environment, "AWS_LOCATION": location}
    return Machine(machine.home, machine.work, environment)


def assert_useful(machine: Machine, cancer_csv: Path) -> None:
    """Nothing is found, what is there predicts, and what is in the trash can be deleted for good."""
    machine.forget_files()
    assert findings(machine) == []
    machine.run("predict", "tumour", "-i", cancer_csv, "-o", "out.csv")
    machine.run("purge_trash", "--older-than", "0d", "--yes")
    assert findings(machine) == []


def new_location() -> str:
    return f"tests/{secrets.token_hex(6)}"


def test_from_bucket_to_bucket_by_the_command(at_home: Machine, bucket: Bucket, cancer_csv: Path) -> None:
    moved = moved_to(at_home, new_location())
    source = f"s3://{bucket.name}/{at_home.location}/"
    planned = json.loads(moved.run("move_objects", source, "--json").stdout)
    assert (planned["moved"], planned["copied"]) == (False, len(bucket.objects(at_home)))
    done = json.loads(moved.run("move_objects", source, "--yes", "--json").stdout)
    assert (done["copied"], done["present"], done["problems"]) == (planned["copied"], 0, {})
    again = json.loads(moved.run("move_objects", source, "--yes", "--json").stdout)
    assert (again["copied"], again["present"]) == (0, planned["copied"])
    assert_useful(moved, cancer_csv)


def copy_without_metadata(bucket: Bucket, source: str, target: str) -> None:
    """As `aws s3 sync` to a disk and from there to a bucket."""
    for page in bucket.client.get_paginator("list_objects_v2").paginate(Bucket=bucket.name, Prefix=f"{source}/"):
        for entry in page["Contents"]:
            bucket.write(entry["Key"].replace(source, target, 1), bucket.read(entry["Key"]))


def test_from_bucket_to_disk_to_bucket_by_other_programs(at_home: Machine, bucket: Bucket, cancer_csv: Path) -> None:
    moved = moved_to(at_home, new_location())
    copy_without_metadata(bucket, at_home.location, moved.location)
    twin = f"{moved.location}/models/tumour/v0001/.model.joblib~{'a' * 32}"
    bucket.write(twin, b"x")
    found = json.loads(moved.run("verify_catalog", "--json", check=False).stdout)["findings"]
    assert {finding["kind"] for finding in found} == {"metadata missing"}
    assert all("were not compared" in finding["what"] for finding in found)
    done = moved.run("verify_catalog", "--deep", "--repair", "--yes")
    assert "write the metadata of tumour:1" in done.stdout
    assert_useful(moved, cancer_csv)


def test_other_bytes_without_metadata_are_named_and_not_taken(at_home: Machine, bucket: Bucket) -> None:
    moved = moved_to(at_home, new_location())
    copy_without_metadata(bucket, at_home.location, moved.location)
    key = min(key for key in bucket.objects(moved) if key.endswith("-model.joblib"))
    content = bytearray(bucket.read(key))
    content[100] ^= 1
    bucket.write(key, bytes(content))
    done = moved.run("verify_catalog", "--deep", "--repair", "--yes", "--json", check=False)
    (finding,) = json.loads(moved.run("verify_catalog", "--deep", "--json", check=False).stdout)["findings"]
    assert (done.returncode, finding["kind"], finding["where"]) == (1, "object changed", "tumour:1")


def test_a_changed_object_is_not_moved(at_home: Machine, bucket: Bucket) -> None:
    moved = moved_to(at_home, new_location())
    key = min(key for key in bucket.objects(at_home) if key.endswith("-model.joblib"))
    with bucket.changed(key, b"other"):
        done = moved.run("move_objects", f"s3://{bucket.name}/{at_home.location}/", "--yes", check=False)
    assert done.returncode == 1
    assert "Not copied: models/tumour/v0001/" in done.stderr
    assert key.replace(at_home.location, moved.location) not in bucket.objects(moved)


def test_to_the_place_itself_is_refused(at_home: Machine, bucket: Bucket) -> None:
    done = at_home.run("move_objects", f"s3://{bucket.name}/{at_home.location}/", "--yes", check=False)
    assert (done.returncode, "Set the new storage in .env first" in done.stderr) == (1, True)


@pytest.fixture(scope="module")
def filled_on_disk(
    make_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory, cancer_csv: Path
) -> Machine:
    """The same without a bucket."""
    folder = tmp_path_factory.mktemp("on_disk")
    variables = {"DJANGO_SETTINGS_MODULE": "tests.s3.local_settings", "LOCAL_OBJECTS": str(folder / "objects")}
    made = Machine.make(folder / "machine", make_database("sqlite"), variables)
    fill(made, cancer_csv)
    return made


@pytest.fixture
def on_disk(filled_on_disk: Machine, tmp_path: Path) -> Machine:
    return with_own_rows(filled_on_disk, tmp_path)


@pytest.mark.parametrize("by", ["the command", "other programs"])
def test_from_the_disk_to_a_bucket(
    on_disk: Machine, seaweed: SeaweedFS, bucket: Bucket, cancer_csv: Path, by: str
) -> None:
    objects = Path(on_disk.environment["LOCAL_OBJECTS"])
    variables = seaweed.environment(new_location()) | {"DJANGO_SETTINGS_MODULE": "s3site.settings"}
    moved = Machine(on_disk.home, on_disk.work, on_disk.environment | variables)
    if by == "the command":
        moved.run("move_objects", objects, "--yes")
    else:
        for path in objects.rglob("*"):  # with the hidden names beside the files
            if path.is_file():
                bucket.write(f"{moved.location}/{path.relative_to(objects).as_posix()}", path.read_bytes())
        moved.run("verify_catalog", "--deep", "--repair", "--yes")
    assert_useful(moved, cancer_csv)
