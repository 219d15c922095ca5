"""Whether a catalog is whole again after what was done to it: verified, repaired, and rebuilt from the bucket alone."""

import json
from collections.abc import Callable

from tests.catalog_rows import Rows, compare_catalogs
from tests.s3.machine import PROJECT, Machine

PROGRAMS = PROJECT / "tests" / "s3" / "programs"
TWO_DAYS_LATER = PROGRAMS / "two_days_later.py"
PRINT_ROWS = PROGRAMS / "print_rows.py"


def findings(machine: Machine, *options: str) -> list[dict[str, str]]:
    """What `verify_catalog` finds with these options in two days, when nothing is too young to be looked at."""
    done = machine.run("verify_catalog", "--deep", "--json", *options, program=TWO_DAYS_LATER, check=False)
    assert done.returncode in {0, 1}, done.stderr
    told = json.loads(done.stdout)
    assert (done.returncode == 1) == bool(told["findings"]), done.stderr
    assert not told.get("problems"), told["problems"]
    found: list[dict[str, str]] = told["findings"]
    return found


def repair(machine: Machine) -> None:
    """Everything that is found can be repaired, and then nothing is found any more."""
    assert findings(machine, "--repair", "--yes") == []
    assert findings(machine) == []


def rows(machine: Machine) -> Rows:
    told: Rows = json.loads(machine.run(program=PRINT_ROWS).stdout)
    return told


def assert_rebuilt_from_the_bucket(machine: Machine, make_machine: Callable[..., Machine], engine: str) -> None:
    """In an empty database every row comes back as it was."""
    other = make_machine(engine=engine, bucket_of=machine)
    other.run("rebuild_catalog", "--yes")
    compare_catalogs(rows(machine), rows(other))
    assert findings(other) == []
