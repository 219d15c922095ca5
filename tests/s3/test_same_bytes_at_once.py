"""Processes that add one file at once make one version of it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.s3.bucket import Bucket
from tests.s3.machine import Machine

PROCESSES = 6


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_a_file_that_many_add_at_once_is_one_version(
    machine: Callable[..., Machine], bucket: Bucket, cancer_csv: Path, engine: str
) -> None:
    made = machine(engine=engine)
    commands = [made.start("add_dataset", "cancer", cancer_csv, "--json") for _ in range(PROCESSES)]
    done = [command.finish(timeout=300) for command in commands]
    assert [each.returncode for each in done] == [0] * PROCESSES, [each.stderr for each in done]
    told = [json.loads(each.stdout) for each in done]
    assert sum(each["created"] for each in told) == 1
    assert len({each["reference"] for each in told}) == 1
    rows = made.rows("SELECT status FROM catalog_datasetversion WHERE status <> 'FAILED'")
    assert rows == [{"status": "READY"}]
    bucket.only(made, "-data.csv")
