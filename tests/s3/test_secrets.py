"""Secrets are planted, everything is done and much goes wrong: afterwards they are nowhere that anybody looks."""

import json
import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.s3.bucket import Bucket
from tests.s3.machine import TRAIN_TUMOUR, Machine
from tests.servers.ports import free_ports
from tests.summary import count

SECRET = f"planted-{secrets.token_hex(16)}"
WRONG: tuple[dict[str, str], ...] = (
    {"AWS_SECRET_ACCESS_KEY": SECRET},
    {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_ports(1)[0]}"},
    {"DATABASE_URL": f"postgres://catalog:{SECRET}@127.0.0.1:{free_ports(1)[0]}/name"},
)


@pytest.fixture(scope="module")
def lived(machine: Callable[..., Machine], cancer_csv: Path) -> tuple[Machine, str]:
    """A machine whose settings hold secrets, and all that its commands said, right and wrong."""
    made = machine(engine="postgres")
    url = made.environment["DATABASE_URL"].replace("catalog@", f"catalog:{SECRET}@")
    own = {"DATABASE_URL": url, "DJANGO_SECRET_KEY": SECRET, "CATALOG_MANIFEST_KEY": SECRET, "DJANGO_DEBUG": "false"}
    made = replace(made, environment={**made.environment, **own})
    commands: list[tuple[object, ...]] = [
        ("add_dataset", "cancer", cancer_csv, "--verbosity", "3"),
        (*TRAIN_TUMOUR, "--alias", "production", "--json"),
        ("predict", "tumour", "-i", "dataset:cancer"),
        ("verify_catalog", "--deep", "--json"),
    ]
    said = [made.run(*command) for command in commands]
    said += [made.run("add_dataset", "cancer", cancer_csv, "--traceback", check=False, **wrong) for wrong in WRONG]
    return made, "".join(done.stdout + done.stderr for done in said)


def secret_of(machine: Machine) -> list[str]:
    return [SECRET, machine.environment["AWS_SECRET_ACCESS_KEY"]]


def test_no_command_says_a_secret(lived: tuple[Machine, str]) -> None:
    machine, said = lived
    assert "Traceback" in said
    assert [secret for secret in secret_of(machine) if secret in said] == []
    count("places searched for planted secrets")


def test_no_object_holds_a_secret(lived: tuple[Machine, str], bucket: Bucket) -> None:
    machine, _ = lived
    for key in bucket.objects(machine):
        answer = bucket.client.get_object(Bucket=bucket.name, Key=key)
        content = answer["Body"].read() + json.dumps(answer["Metadata"]).encode()
        assert [secret for secret in secret_of(machine) if secret.encode() in content] == [], key
    count("places searched for planted secrets")


def test_no_row_holds_a_secret(lived: tuple[Machine, str]) -> None:
    machine, _ = lived
    tables = machine.rows("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'")
    assert {"catalog_auditevent", "catalog_modelversion"} <= {table["name"] for table in tables}
    for table in tables:
        text = repr(machine.rows(f'SELECT * FROM "{table["name"]}"'))
        assert [secret for secret in secret_of(machine) if secret in text] == [], table
    count("places searched for planted secrets")


def test_no_file_that_is_left_on_the_machine_holds_a_secret(lived: tuple[Machine, str]) -> None:
    machine, _ = lived
    folders = (machine.home, machine.work, Path(machine.environment["TMPDIR"]))
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert [secret for secret in secret_of(machine) if secret.encode() in path.read_bytes()] == [], path
    count("places searched for planted secrets")
