"""An application with read rights on the folder, and nothing else, uses what is in production."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from catalog.storage.keys import published_alias
from tests.factories import breast_cancer, write_csv
from tests.s3.bucket import Bucket
from tests.s3.machine import PROJECT, TRAIN_TUMOUR, Machine
from tests.servers.seaweedfs import SeaweedFS

PROGRAMS = PROJECT / "tests" / "s3" / "programs"
KEY = {"CATALOG_MANIFEST_KEY": "k" * 32}
PROCESSES = 8


@pytest.fixture(scope="module")
def rows_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_csv(breast_cancer().drop(columns="diagnosis").head(50), tmp_path_factory.mktemp("rows"), "rows.csv")


@pytest.fixture(scope="module")
def trained(machine: Callable[..., Machine], cancer_csv: Path) -> Machine:
    """`tumour:1` in production, and `tumour:2`, in the folder that the reading key may read."""
    made = machine(limited=True)
    made.run("add_dataset", "cancer", cancer_csv)
    made.run(*TRAIN_TUMOUR, "--alias", "production")
    made.run(*TRAIN_TUMOUR, "--param", "max_depth=2")
    return made


@pytest.fixture(scope="module")
def application(trained: Machine, seaweed: SeaweedFS, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """Another machine, whose key may read and neither list nor write, and which has no database."""
    variables = {**trained.storage_variables, **seaweed.reading_keys}
    return Machine.make(tmp_path_factory.mktemp("application"), "", variables)


def load(application: Machine, reference: str, rows: Path, **variables: str) -> dict[str, Any]:
    done = application.run(reference, rows, program=PROGRAMS / "load_with_bucket.py", **variables)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def refused(application: Machine, reference: str, rows: Path, **variables: str) -> str:
    program = PROGRAMS / "load_with_bucket.py"
    done = application.run(reference, rows, program=program, check=False, **variables)
    assert done.returncode == 1
    return done.stderr.strip().splitlines()[-1]


def test_it_answers_what_predict_answers_bit_for_bit_after_two_requests(
    trained: Machine, application: Machine, rows_csv: Path
) -> None:
    trained.run("predict", "tumour", "-i", rows_csv, "-o", "scored.parquet", "--proba")
    expected = pd.read_parquet(trained.work / "scored.parquet")
    (first, *_) = reversed(trained.json("versions", "tumour")["versions"])
    told = load(application, "tumour", rows_csv)
    assert (told["reference"], told["sha256"]) == ("tumour:1", first["sha256"])
    assert told["predictions"] == expected["prediction"].tolist()
    assert told["probabilities"] == expected.iloc[:, 1:].to_numpy().tolist()
    assert told["asked"] == ["GetObject", "GetObject"]
    assert told["is_django_set_up"] is False


def test_what_is_cached_takes_one_request(application: Machine, rows_csv: Path) -> None:
    load(application, "tumour", rows_csv)
    assert load(application, "tumour@production", rows_csv)["asked"] == ["GetObject"]


def test_a_number_takes_its_manifest(application: Machine, rows_csv: Path) -> None:
    told = load(application, "tumour:2", rows_csv)
    assert (told["reference"], told["asked"]) == ("tumour:2", ["GetObject", "GetObject"])


def test_the_setting_says_so_where_no_database_is_named(application: Machine, rows_csv: Path) -> None:
    program = PROGRAMS / "load_by_setting.py"
    done = application.run(program=program, CATALOG_BUCKET_ONLY="true")
    assert done.stdout.split() == ["tumour:1", "False"]


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("tumour:latest", "InvalidReference: tumour:latest: which version is the newest, the database alone knows"),
        ("tumour@staging", "NotFound: tumour@staging is not published: no version has held it"),
        ("tumour:9", "NotFound: There is no s3://"),
        ("TUMOUR", "InvalidReference: 'TUMOUR' is not a reference"),
    ],
)
def test_what_is_not_there_is_one_line(application: Machine, rows_csv: Path, reference: str, said: str) -> None:
    assert f"catalog.exceptions.{said}" in refused(application, reference, rows_csv)


def test_with_a_key_what_was_not_signed_is_refused_until_it_is(
    trained: Machine, application: Machine, rows_csv: Path, bucket: Bucket
) -> None:
    assert "NotSigned: s3://" in refused(application, "tumour", rows_csv, **KEY)
    trained.run("promote", "tumour:2", "--reason", "the newer", **KEY)
    assert load(application, "tumour", rows_csv, **KEY)["reference"] == "tumour:2"
    key = f"{trained.location}/{published_alias('tumour', 'production')}"
    signed = bucket.read(key)
    with bucket.changed(key, signed.replace(b'"number": 2', b'"number": 1')):
        assert "DigestMismatch: s3://" in refused(application, "tumour", rows_csv, **KEY)
    with bucket.changed(f"{trained.location}/{published_alias('tumour', 'other')}", signed):
        assert "it is the manifest of something else" in refused(application, "tumour@other", rows_csv, **KEY)


def test_processes_that_promote_at_once_leave_the_newest_event_published(
    machine: Callable[..., Machine], trained: Machine, bucket: Bucket
) -> None:
    """SQLite, as promoting there is by turns; the crowd of test_many_processes.py has PostgreSQL."""
    trained.run("tumour", PROCESSES, program=PROGRAMS / "promote_at_once.py")
    query = "SELECT id, to_value FROM catalog_auditevent WHERE alias = 'crowded' ORDER BY id"
    events = trained.rows(query)
    assert len(events) > PROCESSES
    told = json.loads(bucket.read(f"{trained.location}/{published_alias('tumour', 'crowded')}"))
    assert (told["event"], str(told["version"]["number"])) == (events[-1]["id"], events[-1]["to_value"])
