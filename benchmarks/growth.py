"""How cost grows: with rows, columns, classes and versions.

    .venv/bin/python -m benchmarks.growth [rows] [columns] [classes] [versions]

All four unless some are named. Each keeps its table in docs/measured; benchmarks.plots draws them.
"""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.catalog_on_s3 import CatalogOnS3, catalog_on_s3, data_folder
from benchmarks.flights import TARGET, flights_file
from benchmarks.measuring import RESULTS, Run
from benchmarks.pipelines import FEATURES

ROWS = (10_000, 100_000, 1_000_000, 10_000_000)
COLUMNS = (10, 100, 500, 2_000)
CLASSES = (2, 10, 100, 1_000)
VERSIONS = (100, 1_000, 10_000, 100_000)
WIDE_ROWS, MANY_CLASS_ROWS = 5_000, 50_000

Points = dict[str, dict[str, list[float]]]


def keep(name: str, unit: str, sizes: tuple[int, ...], points: Points) -> None:
    """`points` are seconds, and MB where they were measured, of each kind of work, one for each size."""
    RESULTS.mkdir(exist_ok=True)
    rounded = {
        work: {what: [float(f"{value:.4g}") for value in values] for what, values in each.items()}
        for work, each in points.items()
    }
    kept = {"by": name, "unit": unit, "sizes": list(sizes), "points": rounded}
    (RESULTS / f"growth-{name}.json").write_text(json.dumps(kept, indent=1) + "\n")


def grown(sizes: tuple[int, ...], works: Callable[[int], Mapping[str, Callable[[], Run]]]) -> Points:
    """Seconds and peak MB of each kind of work at each size."""
    points: Points = {}
    for size in sizes:
        for work, start in works(size).items():
            found = start()
            each = points.setdefault(work, {"seconds": [], "peak_mb": []})
            each["seconds"].append(found.seconds)
            each["peak_mb"].append(found.peak_mb)
            print(f"  {size:>10,}: {work}: {found.seconds:.2f} s, {found.peak_mb:.0f} MB", flush=True)
    return points


def by_rows(catalog: CatalogOnS3, folder: Path) -> None:
    """Scoring and adding flights; the model has the default pipeline."""
    catalog.train("flights", flights_file(folder), "--target", TARGET, "--features", ",".join(FEATURES))

    def works(rows: int) -> dict[str, Callable[[], Run]]:
        table, target = flights_file(folder, rows), catalog.folder / "out.csv"
        parquet = flights_file(folder, rows, "parquet")
        return {
            "predict, CSV": lambda: catalog.manage("predict", "flights", "-i", table, "-o", target),
            "predict, Parquet": lambda: catalog.manage("predict", "flights", "-i", parquet, "-o", target),
            "add_dataset, CSV": lambda: catalog.manage("add_dataset", f"rows-{rows}", table),
        }

    keep("rows", "rows", ROWS, grown(ROWS, works))


def by_columns(catalog: CatalogOnS3, folder: Path) -> None:
    """5,000 rows of numbers; the target is the sum of the first ten with noise."""

    def works(columns: int) -> dict[str, Callable[[], Run]]:
        table = folder / f"columns-{columns}.csv"
        catalog.program("benchmarks.programs.make_table", "columns", table, WIDE_ROWS, columns)
        name, target = f"columns-{columns}", catalog.folder / "out.csv"
        asked = (
            "--dataset",
            name,
            "--target",
            "target",
            "--estimator",
            "ridge",
            "--alias",
            "production",
            "--reason",
            "measured",
        )
        return {
            "add_dataset": lambda: catalog.manage("add_dataset", name, table),
            "train_model, ridge": lambda: catalog.manage("train_model", name, *asked),
            "predict": lambda: catalog.manage("predict", name, "-i", table, "-o", target),
        }

    keep("columns", "columns", COLUMNS, grown(COLUMNS, works))


def by_classes(catalog: CatalogOnS3, folder: Path) -> None:
    """50,000 rows of ten numbers, with the probability of every class written out."""

    def works(classes: int) -> dict[str, Callable[[], Run]]:
        table = folder / f"classes-{classes}.csv"
        catalog.program("benchmarks.programs.make_table", "classes", table, MANY_CLASS_ROWS, classes)
        name, target = f"classes-{classes}", catalog.folder / "out.parquet"
        asked = (
            "--dataset",
            name,
            "--target",
            "target",
            "--estimator",
            "naive_bayes",
            "--alias",
            "production",
            "--reason",
            "measured",
        )
        return {
            "train_model, naive_bayes": lambda: train(name, table, asked),
            "predict --proba": lambda: catalog.manage("predict", name, "-i", table, "-o", target, "--proba"),
        }

    def train(name: str, table: Path, asked: tuple[str, ...]) -> Run:
        catalog.manage("add_dataset", name, table)
        return catalog.manage("train_model", name, *asked)

    keep("classes", "classes", CLASSES, grown(CLASSES, works))


def by_versions(catalog: CatalogOnS3, folder: Path) -> None:
    """Every command that lists or resolves, in a model that has so many versions, all in one database."""
    program = "benchmarks.programs.many_versions"
    table = flights_file(folder, 1_000)

    def works(versions: int) -> dict[str, Callable[[], Run]]:
        catalog.program(program, versions, catalog.folder)
        name, target = f"model-{versions}", catalog.folder / "out.csv"
        return {
            "versions": lambda: catalog.manage("versions", name),
            "versions --json": lambda: catalog.manage("versions", name, "--json"),
            "promote": lambda: catalog.manage("promote", f"{name}:latest", "--reason", "measured"),
            "rollback": lambda: catalog.manage("rollback", name, "--reason", "measured"),
            "archive_version": lambda: catalog.manage("archive_version", f"{name}:3"),
            "delete_version": lambda: catalog.manage("delete_version", f"{name}:4"),
            "model_requirements": lambda: catalog.manage("model_requirements", f"{name}:5"),
            "predict, a name": lambda: catalog.manage("predict", name, "-i", table, "-o", target),
            "predict, name:latest": lambda: catalog.manage("predict", f"{name}:latest", "-i", table, "-o", target),
        }

    keep("versions", "versions of the model", VERSIONS, grown(VERSIONS, works))


KINDS: dict[str, Any] = {"rows": by_rows, "columns": by_columns, "classes": by_classes, "versions": by_versions}


def main() -> None:
    for kind in sys.argv[1:] or KINDS:
        with data_folder() as folder, catalog_on_s3() as catalog:
            KINDS[kind](catalog, folder)


if __name__ == "__main__":
    main()
