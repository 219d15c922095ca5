"""Predicting 3.37 million flights from S3 to S3, against the hand-written script and the estimator in memory.

.venv/bin/python -m benchmarks.predict [--rounds 3]
"""

from pathlib import Path

from benchmarks.catalog_on_s3 import CatalogOnS3, catalog_on_s3, data_folder
from benchmarks.flights import ROWS, TARGET, flights_file
from benchmarks.measuring import Measured, Run, Runs, asked_rounds, in_turn, peaks, ratios, report
from benchmarks.pipelines import FEATURES

MANY = 10 * ROWS
OURS, DEFAULT, PARQUET, BY_HAND = "ours", "ours, default pipeline", "ours, Parquet", "by hand"
SMALL, SMALL_PARQUET = "ours, a tenth of the rows", "ours, Parquet, a tenth of the rows"
FLOOR, DEFAULT_FLOOR = "estimator in memory", "default estimator in memory"


def models(catalog: CatalogOnS3, folder: Path) -> None:
    """`one-hot:1`, the hand-written script's pipeline, and `default:1`, on the same rows and features; by hand too."""
    table = flights_file(folder)
    options = ("--target", TARGET, "--features", ",".join(FEATURES))
    catalog.train("one-hot", table, *options, "--pipeline", "benchmarks.pipelines:one_hot")
    catalog.train("default", table, *options)
    source = catalog.put(table, "flights.csv")
    catalog.program("benchmarks.programs.by_hand", "train", source, "s3://public/model.joblib")


def measured(runs: Runs) -> list[Measured]:
    def of_floor(ours: str, floor: str) -> list[float]:
        """Rows a second of the whole process over those of the estimator in memory."""
        speeds = [MANY / run.seconds for run in runs[ours]]
        return [speed / run.told["rows_a_second"] for speed, run in zip(speeds, runs[floor], strict=True)]

    def memory(ours: str, small: str) -> list[float]:
        return ratios(runs, ours, small, lambda run: run.peak_mb)

    same, default, parquet = "predict, same pipeline", "predict, default pipeline", "predict, Parquet in and out"
    return [
        Measured(same, "time / by hand", ratios(runs, OURS, BY_HAND), 0.40),
        Measured(same, "rows a second / estimator in memory", of_floor(OURS, FLOOR), 0.8, at_least=True),
        Measured(same, "peak MB", peaks(runs, OURS), 400),
        Measured(default, "time / by hand", ratios(runs, DEFAULT, BY_HAND), 0.30),
        Measured(default, "rows a second / estimator in memory", of_floor(DEFAULT, DEFAULT_FLOOR)),
        Measured(parquet, "rows a second / estimator in memory", of_floor(PARQUET, FLOOR), 0.9, at_least=True),
        Measured(parquet, "peak MB", peaks(runs, PARQUET), 450),
        Measured("ten times the rows", "peak / peak, CSV", memory(OURS, SMALL), 1.1),
        Measured("ten times the rows", "peak / peak, Parquet", memory(PARQUET, SMALL_PARQUET), 1.1),
    ]


def main() -> None:
    rounds = asked_rounds(3)
    with data_folder() as folder, catalog_on_s3() as catalog:
        models(catalog, folder)
        table = flights_file(folder)
        addresses = {
            (rows, kind): catalog.put(flights_file(folder, rows, kind), f"{rows}.{kind}")
            for rows in (ROWS, MANY)
            for kind in ("csv", "parquet")
        }

        def ours(model: str, rows: int, kind: str) -> Run:
            target = f"s3://public/out-{model}.{kind}"
            return catalog.manage("predict", model, "-i", addresses[rows, kind], "-o", target, "--json")

        def by_hand() -> Run:
            source, target = addresses[MANY, "csv"], "s3://public/by-hand.csv"
            return catalog.program("benchmarks.programs.by_hand", "predict", "s3://public/model.joblib", source, target)

        runs = in_turn(
            {
                BY_HAND: by_hand,
                OURS: lambda: ours("one-hot", MANY, "csv"),
                FLOOR: lambda: catalog.program("benchmarks.programs.floor", "one-hot:1", table, MANY),
                PARQUET: lambda: ours("one-hot", MANY, "parquet"),
                DEFAULT: lambda: ours("default", MANY, "csv"),
                DEFAULT_FLOOR: lambda: catalog.program("benchmarks.programs.floor", "default:1", table, MANY),
                SMALL: lambda: ours("one-hot", ROWS, "csv"),
                SMALL_PARQUET: lambda: ours("one-hot", ROWS, "parquet"),
            },
            rounds,
        )
    report("predict", runs, measured(runs))


if __name__ == "__main__":
    main()
