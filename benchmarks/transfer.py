"""Uploading and downloading 1 GiB, against settings of boto3.

.venv/bin/python -m benchmarks.transfer [--rounds 4]
"""

import secrets
import statistics
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.catalog_on_s3 import CatalogOnS3, catalog_on_s3, data_folder
from benchmarks.measuring import Measured, Run, Runs, asked_rounds, in_turn, report

ACTIONS = ("upload", "download", "download-and-hash")
SETTINGS = ("default", "64x4", "16x8")  # MiB of a part, and threads
SIZE_MIB = 1024


def seconds(run: Run) -> float:
    return float(run.told["transfer"])


def against_best(runs: Runs, action: str) -> list[float]:
    """Ours over the setting whose median is the least."""
    best = min(SETTINGS, key=lambda name: statistics.median(seconds(run) for run in runs[f"{action}, boto3 {name}"]))
    pairs = zip(runs[f"{action}, ours"], runs[f"{action}, boto3 {best}"], strict=True)
    return [seconds(ours) / seconds(other) for ours, other in pairs]


def contestants(catalog: CatalogOnS3, path: Path, action: str) -> dict[str, Callable[[], Run]]:
    program, address = "benchmarks.programs.transfer", f"s3://{catalog.server.bucket}/gibibyte"
    found = {f"{action}, ours": partial(catalog.program, program, action, path, address, "catalog")}
    for name in SETTINGS:
        found[f"{action}, boto3 {name}"] = partial(catalog.program, program, action, path, address, name)
    return found


def main() -> None:
    rounds = asked_rounds(4)
    with data_folder() as folder, catalog_on_s3() as catalog:
        path = folder / "gibibyte"
        with path.open("wb") as file:
            for _ in range(SIZE_MIB):
                file.write(secrets.token_bytes(1024 * 1024))
        catalog.server.client().upload_file(str(path), catalog.server.bucket, "gibibyte")
        runs: Runs = {}
        for action in ACTIONS:
            runs |= in_turn(contestants(catalog, path, action), rounds)
        path.unlink()
    figures = [
        Measured(f"{action} of 1 GiB", "time / best boto3", against_best(runs, action), 1.2) for action in ACTIONS
    ]
    report("transfer", runs, figures)


if __name__ == "__main__":
    main()
