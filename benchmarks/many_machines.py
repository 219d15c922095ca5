"""Two machines that train, promote and predict at once, on one PostgreSQL and one SeaweedFS, for five minutes.

    .venv/bin/python -m benchmarks.many_machines [--seconds 300] [--machines 2]

Each machine has a home and a cache of its own, and three processes that train, promote and predict again and again.
A prediction is stale when its version was no longer in production when it was begun: `promote` of another had returned,
on whichever machine. Exits with 1 when one is stale, something fails, a number is missing or given twice, or
`verify_catalog --deep` finds something at the end.
"""

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.s3.traffic import Traffic


def run(folder: Path, seconds: float, machines: int) -> None:
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    from tests.s3.machine import Machine
    from tests.s3.traffic import run_traffic
    from tests.servers.postgres import postgres
    from tests.servers.seaweedfs import seaweedfs

    with postgres() as database, seaweedfs() as server:
        url = database.database_url("catalog")
        variables = server.environment("machines")
        made = [Machine.make(folder / str(number), url, variables) for number in range(machines)]
        made[0].run("migrate", "-v0")
        report(run_traffic(made, folder, seconds), seconds)


def report(traffic: "Traffic", seconds: float) -> None:
    """Prints the figures, and exits with 1 when they are not what they must be."""
    from tests.s3.recovery import findings
    from tests.s3.traffic import ACTIONS

    print(f"{len(traffic.machines)} machines, {seconds:.0f} seconds\n")
    print("| action | done | a minute | median ms | slowest ms |\n|---|---|---|---|---|")
    for action in ACTIONS:
        taken = [1000 * (each["ended"] - each["began"]) for each in traffic.actions if each["action"] == action]
        rate = len(taken) * 60 / seconds
        print(f"| {action} | {len(taken)} | {rate:.0f} | {statistics.median(taken):.0f} | {max(taken):.0f} |")
    numbers = [row["number"] for row in traffic.machines[0].rows("SELECT number FROM catalog_modelversion")]
    found = findings(traffic.machines[0])
    print(f"\nChanges of production: {len(traffic.promotions) - 1}")
    print(
        f"Changes that were the newest when the other machine began a prediction: {traffic.first_after_another_machine}"
    )
    print(f"Stale predictions: {len(traffic.stale)}")
    print(f"Errors: {len(traffic.errors)}")
    print(f"Findings of verify_catalog --deep: {len(found)}")
    for message in [*traffic.errors, *map(str, found)][:10]:
        print(message)
    whole = sorted(numbers) == list(range(1, len(numbers) + 1))
    if traffic.stale or traffic.errors or found or not whole:
        sys.exit(1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--machines", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="catalog-benchmark-") as folder:
        run(Path(folder), options.seconds, options.machines)


if __name__ == "__main__":
    main()
