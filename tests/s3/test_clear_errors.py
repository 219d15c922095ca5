"""What goes wrong with S3 ends in one clear line, soon, without a secret in it, and leaves nothing half-done."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.s3.bucket import Bucket
from tests.s3.machine import TRAIN_TUMOUR, Machine
from tests.servers.ports import free_ports

LIMIT_SECONDS = 120  # far less than boto3 takes by itself, and enough for a machine that is busy with other tests
WRONG_SECRET = "wrong" + "0123456789abcdef" * 2
CLOSED = f"http://127.0.0.1:{free_ports(1)[0]}"
FAULTS = {
    "wrong secret": {"AWS_SECRET_ACCESS_KEY": WRONG_SECRET},
    "missing bucket": {"AWS_BUCKET_NAME": "nowhere"},
    "refused connection": {"AWS_ENDPOINT_URL": CLOSED},
}
# What the line says besides the address, where S3's answer tells: a HEAD's answer has no body.
SAID = {
    "wrong secret": "keys",
    "missing bucket": "nowhere",
    "refused connection": "no connection",
}


@pytest.fixture
def failing(trained: Machine, cancer_csv: Path) -> Callable[[str, str], "CompletedProcess[str]"]:
    """Runs a command that reads from storage, of which all but the storage works."""
    trained.forget_files()
    commands = {
        "train_model": TRAIN_TUMOUR,
        "predict": ("predict", "tumour", "-i", cancer_csv, "-o", "out.csv"),
    }

    def run(command: str, fault: str) -> "CompletedProcess[str]":
        return trained.run(*commands[command], check=False, timeout=LIMIT_SECONDS, **FAULTS[fault])

    return run


def assert_one_clear_line(done: "CompletedProcess[str]", machine: Machine, **fault: str) -> None:
    """Exit 1, and a line that names object and endpoint and no secret."""
    used = {**machine.environment, **fault}
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert f"s3://{used['AWS_BUCKET_NAME']}/{used['AWS_LOCATION']}/" in done.stderr
    assert used["AWS_ENDPOINT_URL"] in done.stderr
    assert used["AWS_SECRET_ACCESS_KEY"] not in done.stderr


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("command", ["train_model", "predict"])
def test_a_storage_that_can_not_be_read_is_one_clear_line(
    trained: Machine, failing: Callable[[str, str], "CompletedProcess[str]"], command: str, fault: str
) -> None:
    before = versions(trained, "registeredmodel", "tumour")
    done = failing(command, fault)
    assert_one_clear_line(done, trained, **FAULTS[fault])
    assert SAID[fault] in done.stderr
    assert versions(trained, "registeredmodel", "tumour") == before
    assert not (trained.work / "out.csv").exists()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_storage_that_can_not_be_written_fails_the_dataset_with_its_reason(
    trained: Machine, cancer_csv: Path, fault: str
) -> None:
    name = fault.replace(" ", "-")
    done = trained.run("add_dataset", name, cancer_csv, check=False, timeout=LIMIT_SECONDS, **FAULTS[fault])
    assert_one_clear_line(done, trained, **FAULTS[fault])
    assert SAID[fault] in done.stderr
    (row,) = versions(trained, "dataset", name)
    assert row["status"] == "FAILED"
    assert row["failure"] in done.stderr


def test_a_model_that_can_not_be_stored_is_failed_with_its_reason(trained: Machine) -> None:
    trained.run("predict", "tumour", "-i", "dataset:cancer", "-o", "out.csv")  # which leaves the dataset in the cache
    done = trained.run(*TRAIN_TUMOUR, check=False, timeout=LIMIT_SECONDS, **FAULTS["wrong secret"])
    assert_one_clear_line(done, trained, **FAULTS["wrong secret"])
    *_, row = versions(trained, "registeredmodel", "tumour")
    assert row["status"] == "FAILED"
    assert row["failure"] in done.stderr


@pytest.mark.parametrize(
    ("ending", "command"),
    [
        ("-data.csv", TRAIN_TUMOUR),
        ("-model.joblib", ("predict", "tumour:1", "-i", "in.csv", "-o", "out.csv")),
    ],
)
def test_a_missing_object_is_named(
    trained: Machine, bucket: Bucket, cancer_csv: Path, ending: str, command: tuple[str, ...]
) -> None:
    trained.forget_files()
    (trained.work / "in.csv").write_bytes(cancer_csv.read_bytes())
    key = min(key for key in bucket.objects(trained) if key.endswith(ending))
    with away(bucket, key):
        done = trained.run(*command, check=False, timeout=LIMIT_SECONDS)
    assert_one_clear_line(done, trained)
    assert f"s3://{bucket.name}/{key}" in done.stderr


def versions(machine: Machine, parent: str, name: str) -> list[dict[str, object]]:
    table = {"dataset": "catalog_datasetversion", "registeredmodel": "catalog_modelversion"}[parent]
    key = {"dataset": "dataset_id", "registeredmodel": "registered_model_id"}[parent]
    return machine.rows(
        f"SELECT v.number, v.status, v.failure FROM {table} v JOIN catalog_{parent} p ON p.id = v.{key} "
        f"WHERE p.name = '{name}' ORDER BY v.number"
    )


@contextmanager
def away(bucket: Bucket, key: str) -> Iterator[None]:
    """The object is not there meanwhile."""
    content = bucket.read(key)
    bucket.client.delete_object(Bucket=bucket.name, Key=key)
    yield
    bucket.write(key, content)
