"""Moving the production alias: in the service on SQLite, and by eight processes at once on PostgreSQL.

    .venv/bin/python -m benchmarks.promote [--rounds 3]

The event of each change is stored in the bucket, which here is a SeaweedFS on loopback.
"""

import subprocess
from typing import Any

from benchmarks.catalog_on_s3 import CatalogOnS3, catalog_on_s3
from benchmarks.measuring import PYTHON, ROOT, Measured, asked_rounds, report
from tests.servers.postgres import postgres

PROCESSES = 8
PROGRAM = "benchmarks.programs.promoting"


def at_once(catalog: CatalogOnS3, environment: dict[str, str]) -> float:
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
    with catalog_on_s3() as catalog, postgres() as server:
        catalog.program(PROGRAM, "prepare", PROCESSES, catalog.folder)
        one = [catalog.program(PROGRAM, "one", "model-0") for _ in range(rounds)]
        environment = catalog.environment | {
            "DATABASE_URL": server.database_url("promotions"),
            "AWS_LOCATION": "on-postgresql",
        }
        for words in (
            ("manage.py", "migrate", "--verbosity=0"),
            ("-m", PROGRAM, "prepare", str(PROCESSES), str(catalog.folder)),
        ):
            subprocess.run([PYTHON, *words], cwd=ROOT, env=environment, check=True)
        rates = [at_once(catalog, environment) for _ in range(rounds)]
    milliseconds = [value for run in one for value in run.told["milliseconds"]]
    figures = [
        Measured("promote, SQLite", "ms in the service", milliseconds, 20),
        Measured("promote, PostgreSQL, 8 processes", "promotions a second", rates, 200, at_least=True),
    ]
    report("promote", {"one after another": one}, figures)


if __name__ == "__main__":
    main()
