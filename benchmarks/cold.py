"""1,000 rows in a cold process: ours, the hand-written script, and `mlflow models predict`.

    python -m venv /tmp/peers && /tmp/peers/bin/pip install --require-hashes -r benchmarks/requirements-peers.txt
    .venv/bin/python -m benchmarks.cold [--rounds 3] [--mlflow /tmp/peers/bin/python]

Without MLflow's Python its rows are left out.
"""

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.catalog_on_s3 import CatalogOnS3, catalog_on_s3, data_folder
from benchmarks.flights import flights_file
from benchmarks.measuring import Measured, Run, in_turn, ratios, report, run
from benchmarks.mlflow_server import mlflow_server
from benchmarks.predict import models

ROWS = 1_000
OURS, BY_HAND, MLFLOW, MLFLOW_API = "ours", "by hand", "mlflow models predict", "mlflow, load by alias and predict"


@contextmanager
def mlflow_runs(catalog: CatalogOnS3, python: Path, table: Path) -> Iterator[dict[str, Callable[[], Run]]]:
    """The same pipeline registered with MLflow's server, its files in the same bucket; none without MLflow's Python."""
    if not python.exists():
        yield {}
        return
    with mlflow_server(catalog, python) as environment:
        program = ("-m", "benchmarks.programs.with_mlflow")
        run(python, *program, "register", flights_file(table.parent), env=environment)
        command = (python.parent / "mlflow", "models", "predict", "--env-manager", "local", "-t", "csv")
        model, output = ("-m", "models:/flights@production"), catalog.folder / "mlflow-out"
        yield {
            MLFLOW: lambda: run(*command, *model, "-i", table, "-o", output, env=environment),
            MLFLOW_API: lambda: run(python, *program, "predict", table, output, env=environment),
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
        with mlflow_runs(catalog, options.mlflow, table) as of_mlflow:
            runs = in_turn(contestants | of_mlflow, options.rounds)
    work = "predict 1,000 rows, cold process"
    figures = [Measured(work, "time / by hand", ratios(runs, OURS, BY_HAND), 1.1)]
    if MLFLOW in runs:
        figures.append(Measured(work, "time / mlflow models predict", ratios(runs, OURS, MLFLOW), 0.4))
        figures.append(Measured(work, "time / mlflow in Python", ratios(runs, OURS, MLFLOW_API)))
    report("cold", runs, figures)


if __name__ == "__main__":
    main()
