"""Every command of README.md, read from it and run in its order, with an empty home and nothing but the files that it
names; what it says of options exists.
"""

import json
import re
import shlex
import sqlite3
import urllib.request
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import boto3
import pandas as pd
import pytest
from django.core.management import get_commands, load_command_class

from catalog.models import Job
from catalog.progress import Progress
from catalog.services.jobs import job_work
from demo import tour
from tests.commands.conftest import Run, run
from tests.factories import flights, write_csv
from tests.s3.storages import moto_url
from tests.services.distributed.conftest import client, connected
from tests.services.jobs.workers import claimed

__all__ = ["client", "connected", "moto_url", "run"]

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
MANAGE = "python manage.py "
# Each of these is a target of the Makefile, or tested where it is named here.
OTHERS = {
    "source .venv/bin/activate": ".venv is made by make",
    "make worker &": "tests/s3/test_workers.py",
    "make demo": "below",
    "make test": "this",
}


def fences() -> list[str]:
    """The blocks that are no program of another language."""
    found = re.findall(r"^ *```(\w*)\n(.*?)^ *```$", README, re.DOTALL | re.MULTILINE)
    return [text for language, text in found if not language]


def typed() -> list[str]:
    """The lines that a person types."""
    lines = [re.sub(r"\s+#.*", "", line.strip()) for fence in fences() for line in fence.splitlines()]
    begin = ("$ ", "python ", "make ", "source ", "manage.py ", "model-catalog ")
    return [line.removeprefix("$ ") for line in lines if line.startswith(begin)]


def variables() -> dict[str, str]:
    """What step 1 writes into `.env`."""
    return dict(re.findall(r"^ +(AWS_\w+)=(.+)$", README, re.MULTILINE))


@pytest.fixture
def bucket(moto_url: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The bucket that README.md names, as the settings of this process, and a client of it."""
    urllib.request.urlopen(urllib.request.Request(f"{moto_url}/moto-api/reset", method="POST"))  # of other tests
    env = variables()
    keys = {"access_key": "any", "secret_key": "any", "security_token": None}
    options = {**keys, "region_name": env["AWS_DEFAULT_REGION"], "endpoint_url": moto_url}
    own = {"bucket_name": env["AWS_BUCKET_NAME"], "location": env["AWS_LOCATION"], **options}
    default = {"BACKEND": "catalog.storage.s3.S3CatalogStorage", "OPTIONS": own}
    settings.STORAGES = {**settings.STORAGES, "default": default}
    settings.CATALOG = {**settings.CATALOG, "S3_OPTIONS": options}
    with closing(
        boto3.client(
            "s3", endpoint_url=moto_url, aws_access_key_id="any", aws_secret_access_key="any", region_name="us-east-1"
        )
    ) as made:
        for name in (env["AWS_BUCKET_NAME"], "some-public-bucket"):
            made.create_bucket(Bucket=name)
        yield made


def customers(rows: int = 240) -> pd.DataFrame:
    """Who pays much leaves."""
    paid = [20 + 37 * number % 101 for number in range(rows)]
    return pd.DataFrame(
        {
            "customer_id": [f"c{number:04}" for number in range(rows)],
            "city": [("Lyon", "Porto", "Gdańsk")[number % 3] for number in range(rows)],
            "paid": paid,
            "year": 2026,
            "left": ["yes" if pay > 70 else "no" for pay in paid],
        }
    )


@pytest.fixture
def folder(tmp_path: Path, bucket: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files that README.md names, below the current folder and in the bucket, and an empty home."""
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    table = customers()
    write_csv(table, tmp_path, "customers.csv")
    write_csv(table.drop(columns="left"), tmp_path, "new.csv")
    write_csv(flights(600), tmp_path, "flights.csv")
    write_csv(flights(600).head(20).drop(columns="arr_delay"), tmp_path, "tomorrow.csv")
    (tmp_path / "space.json").write_text(json.dumps({"max_iter": [5, 10], "max_depth": [2]}))
    with closing(sqlite3.connect(tmp_path / "churn.sqlite3")) as database:
        table.to_sql("customers", database, index=False)
    address = f"sqlite:///{tmp_path}/churn.sqlite3"
    settings.CATALOG["READ_VARIABLE"] = lambda name: {"CHURN_DATABASE_URL": address}.get(name, "")
    parquet, text = table.to_parquet(), table.to_csv(index=False).encode()
    for bucket_name, key, body in (
        ("our-bucket", "raw/customers.parquet", parquet),
        ("our-bucket", "rides/2026.csv", text),
        ("our-bucket", "raw/2026/new.parquet", parquet),
        ("some-public-bucket", "taxi.csv", text),
    ):
        bucket.put_object(Bucket=bucket_name, Key=key, Body=body, ACL="public-read")
    return tmp_path


@pytest.mark.usefixtures("folder", "connected")
def test_every_command_runs_as_it_is_written(run: Run) -> None:
    for line in typed():
        if not line.startswith(MANAGE):
            assert line in OTHERS or line.partition(" ")[2] in targets(), line
        elif line != f"{MANAGE}migrate":
            outcome = run(*shlex.split(line.removeprefix(MANAGE)))
            assert outcome.code == 0, f"{line}\n{outcome.err}"
    assert Path("scored.csv").is_file()
    job_work.run(lease=claimed(Job.objects.get()), progress=Progress())
    assert run("job", Job.objects.get().pk, "--follow").code == 0


def targets() -> set[str]:
    return set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_every_target_of_make_exists() -> None:
    assert set(re.findall(r"`make ([\w-]+)", README)) - targets() == set()


def test_the_job_is_queued_in_the_words_that_are_shown(run: Run, folder: Path) -> None:
    run("add_dataset", "flights", "flights.csv")
    (shown,) = (fence for fence in fences() if "Queued job" in fence)
    command, *printed = shown.splitlines()[1:]
    outcome = run(*shlex.split(command.removeprefix(f"$ {MANAGE}")))
    assert outcome.code == 0, outcome.err
    number = str(Job.objects.get().pk)
    assert outcome.lines == [line.replace("12", number).replace(MANAGE, "manage.py ") for line in printed]


def test_the_tour_runs_twice(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without processes of its own."""

    def manage(*words: str, quiet: bool = False) -> str:
        outcome = run(*words) if words[0] != "migrate" else None
        assert outcome is None or outcome.code == 0, outcome.err
        return outcome.out if outcome else ""

    monkeypatch.setattr(tour, "manage", manage)
    monkeypatch.setattr(tour, "ROOT", tmp_path)
    monkeypatch.setattr(tour, "FOLDER", tmp_path / "var" / "demo")
    for _ in range(2):
        tour.main()
    assert [version["aliases"] for version in tour.ready_versions()].count(["production"]) == 1


def rows_of_commands() -> list[tuple[list[str], str]]:
    """Of each row of the table of commands: the commands, and all that it says."""
    table = README.partition("| command | what it does |")[2].partition("\n\n")[0]
    rows = [line for line in table.splitlines() if line.startswith("| `")]
    names = [re.findall(r"`([a-z_]+)[ `]|, `([a-z_]+)`", row.split("|")[1]) for row in rows]
    return [([first or second for first, second in found], row) for found, row in zip(names, rows, strict=True)]


def parser(name: str) -> ArgumentParser:
    return load_command_class(get_commands()[name], name).create_parser("manage.py", name)


@pytest.mark.parametrize(("names", "row"), rows_of_commands(), ids=lambda value: str(value)[:40])
def test_the_options_of_the_table_are_options_of_its_command(names: list[str], row: str) -> None:
    known = {option for name in names for option in parser(name)._option_string_actions}
    assert set(re.findall(r"(?<![\w-])--[a-z][\w-]*", row)) - known == set()


def test_the_table_has_every_command() -> None:
    """But for `train_model`, `predict` and others no row is needed twice."""
    commands = {path.stem for path in (ROOT / "catalog" / "management" / "commands").glob("[a-z]*.py")}
    assert commands - {name for names, _ in rows_of_commands() for name in names} == set()
