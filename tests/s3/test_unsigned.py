"""A public object is read without credentials, when that is asked for."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.s3.machine import Machine
from tests.servers.seaweedfs import SeaweedFS


@pytest.fixture(scope="module")
def public(seaweed: SeaweedFS, cancer_csv: Path) -> Iterator[str]:
    """The address of an object that everybody may read."""
    client = seaweed.client()
    client.put_object(Bucket=seaweed.public_bucket, Key="open/cancer.csv", Body=cancer_csv.read_bytes())
    yield f"s3://{seaweed.public_bucket}/open/cancer.csv"
    client.close()


@pytest.fixture
def keyless(make_database: Callable[[str], str], seaweed: SeaweedFS, tmp_path: Path) -> Machine:
    """A machine that keeps its objects itself and has no keys."""
    variables = {
        "AWS_ENDPOINT_URL": seaweed.endpoint_url,
        "DJANGO_SETTINGS_MODULE": "tests.s3.local_settings",
        "LOCAL_OBJECTS": str(tmp_path / "objects"),
    }
    return Machine.make(tmp_path / "machine", make_database("sqlite"), variables)


def test_a_public_object_is_read_without_keys(keyless: Machine, public: str) -> None:
    told = keyless.json("add_dataset", "cancer", public, "--no-sign-request")
    assert (told["reference"], told["rows"]) == ("cancer:1", 569)


def test_a_public_object_is_read_with_keys_that_may_not(machine: Callable[..., Machine], public: str) -> None:
    """The keys are for the catalog's own bucket; the request for the source carries none."""
    told = machine(limited=True).json("add_dataset", "cancer", public, "--no-sign-request")
    assert told["rows"] == 569


def test_a_signed_request_with_keys_that_may_not_is_refused(
    machine: Callable[..., Machine], seaweed: SeaweedFS, public: str
) -> None:
    done = machine(limited=True).run("add_dataset", "cancer", public, check=False)
    assert_refused(done.returncode, done.stderr, public, seaweed)


def test_no_keys_without_the_option_is_a_clear_error(keyless: Machine, seaweed: SeaweedFS, public: str) -> None:
    done = keyless.run("add_dataset", "cancer", public, check=False)
    assert_refused(done.returncode, done.stderr, public, seaweed)
    assert "AWS_ACCESS_KEY_ID" in done.stderr


def test_an_object_that_is_not_public_is_a_clear_error(keyless: Machine, seaweed: SeaweedFS) -> None:
    address = f"s3://{seaweed.bucket}/private.csv"
    done = keyless.run("add_dataset", "cancer", address, "--no-sign-request", check=False)
    assert_refused(done.returncode, done.stderr, address, seaweed)


def assert_refused(returncode: int, stderr: str, address: str, seaweed: SeaweedFS) -> None:
    assert returncode == 1
    assert len(stderr.splitlines()) == 1, stderr
    assert address in stderr
    assert seaweed.endpoint_url in stderr
