"""1,000 rows in a cold process: ours, the hand-written script, and `mlflow models predict`.

    python -m venv /tmp/peers && /tmp/peers/bin/pip install -r benchmarks/requirements-peers.txt
    .venv/bin/python -m benchmarks.cold [--rounds 3] [--mlflow /tmp/peers/bin/python]

Without MLflow's Python its rows are left out.
"""

import argparse
import os
from collections.abc import Callable
from pathlib import Path

from benchmarks.catalog_on_s3 import CatalogOnS3, catalog_on_s3, data_folder
from benchmarks.flights import flights_file
from benchmarks.measuring import Measured, Run, in_turn, ratios, report, run
from benchmarks.predict import models

ROWS = 1_000
OURS, BY_HAND, MLFLOW, MLFLOW_API = "ours", "by hand", "mlflow models predict", "mlflow, load by alias and predict"


def mlflow_runs(catalog: CatalogOnS3, python: Path, table: Path) -> dict[str, Callable[[], Run]]:
    """The same pipeline, saved and registered by MLflow's own functions on a file store of its own."""
    folder = catalog.folder / "mlflow"
    folder.mkdir()
    environment = {**os.environ, "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db"}
    program = ("-m", "benchmarks.programs.with_mlflow")
    run(python, *program, "save", flights_file(table.parent), folder / "model", env=environment)
    command = (python.parent / "mlflow", "models", "predict", "--env-manager", "local", "-t", "csv")
    return {
        MLFLOW: lambda: run(*command, "-m", folder / "model", "-i", table, "-o", folder / "out.json", env=environment),
        MLFLOW_API: lambda: run(python, *program, "predict", table, folder / "out.csv", env=environment),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--mlflow", type=Path, default=Path("/tmp/peers/bin/python"), help="A Python that has MLflow.")
    options = parser.parse_args()
    with data_folder() as folder, catalog_on_s3() as catalog:
        models(catalog, folder)
        table = flights_file(folder, ROWS)
        source = catalog.put(table, "few.csv")
        by_hand = (
            "benchmarks.programs.by_hand",
            "predict",
            "s3://public/model.joblib",
            source,
            "s3://public/few-out.csv",
        )
        contestants = {
            OURS: lambda: catalog.manage("predict", "one-hot", "-i", source, "-o", "s3://public/few-ours.csv"),
            BY_HAND: lambda: catalog.program(*by_hand),
        }
        if options.mlflow.exists():
            contestants |= mlflow_runs(catalog, options.mlflow, table)
        runs = in_turn(contestants, options.rounds)
    work = "predict 1,000 rows, cold process"
    figures = [Measured(work, "time / by hand", ratios(runs, OURS, BY_HAND), 1.25)]
    if MLFLOW in runs:
        figures.append(Measured(work, "time / mlflow models predict", ratios(runs, OURS, MLFLOW), 0.4))
        figures.append(Measured(work, "time / mlflow in Python", ratios(runs, OURS, MLFLOW_API)))
    report("cold", runs, figures)


if __name__ == "__main__":
    main()
