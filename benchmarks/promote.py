"""Moving the production alias: in the service on SQLite, and by eight processes at once on PostgreSQL.

    .venv/bin/python -m benchmarks.promote [--rounds 3]

The event of each change is stored with the objects: in the bucket, which here is a SeaweedFS on loopback, and for
comparison on the disk.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.catalog_on_s3 import CatalogOnS3, catalog_on_s3
from benchmarks.measuring import PYTHON, ROOT, Measured, asked_rounds, report
from tests.servers.postgres import Postgres, postgres

PROCESSES = 8
PROGRAM = "benchmarks.programs.promoting"
# Otherwise Django keeps the text of every statement.
PRODUCTION = {"DJANGO_DEBUG": "false", "DJANGO_SECRET_KEY": "of-the-benchmark-only"}


def in_production(catalog: CatalogOnS3, server: Postgres, name: str, **settings: str) -> dict[str, str]:
    """The environment of a catalog on PostgreSQL that has a model for each process."""
    environment = catalog.environment | PRODUCTION | {"DATABASE_URL": server.database_url(name)} | settings
    for words in (
        ("manage.py", "migrate", "--verbosity=0"),
        ("-m", PROGRAM, "prepare", str(PROCESSES), str(catalog.folder)),
    ):
        subprocess.run([PYTHON, *words], cwd=ROOT, env=environment, check=True)
    return environment


@contextmanager
def disk_folder() -> Iterator[str]:
    """A folder of its own under var/objects/, by its name; it is removed at the end."""
    name = f"benchmark-{os.getpid()}"
    try:
        yield name
    finally:
        shutil.rmtree(ROOT / "var/objects" / name, ignore_errors=True)


def at_once(environment: dict[str, str]) -> float:
    """Promotions a second of all processes together, each on a model of its own, from first start to last end."""
    options = {"cwd": ROOT, "env": environment, "stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    commands = [(PYTHON, "-m", PROGRAM, "many", f"model-{number}") for number in range(PROCESSES)]
    processes: list[Any] = [subprocess.Popen(command, **options) for command in commands]
    for process in processes:
        process.stdout.readline()
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    spans = [tuple(map(float, process.communicate()[0].split())) for process in processes]
    return sum(count for count, _, _ in spans) / (max(end for *_, end in spans) - max(start for _, start, _ in spans))


def main() -> None:
    rounds = asked_rounds(3)
    with catalog_on_s3() as catalog, postgres() as server, disk_folder() as folder:
        catalog.program(PROGRAM, "prepare", PROCESSES, catalog.folder)
        one = [catalog.program(PROGRAM, "one", "model-0") for _ in range(rounds)]
        on_s3 = in_production(catalog, server, "on_s3", AWS_LOCATION="on-postgresql")
        on_disk = in_production(catalog, server, "on_disk", AWS_BUCKET_NAME="", AWS_LOCATION=folder)
        rates = [tuple(at_once(environment) for environment in (on_s3, on_disk)) for _ in range(rounds)]
    milliseconds = [value for run in one for value in run.told["milliseconds"]]
    eight, each_second = "promote, PostgreSQL, 8 processes", "promotions a second"
    bucket, disk = (list(values) for values in zip(*rates, strict=True))
    figures = [
        Measured("promote, SQLite", "ms in the service", milliseconds, 20),
        Measured(eight, each_second, bucket),
        Measured(f"{eight}, objects on the disk", each_second, disk),
    ]
    report("promote", {"one after another": one}, figures)


if __name__ == "__main__":
    main()
