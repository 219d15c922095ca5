"""Loading a forest of 200 MB that is in the cache, against hashing the file and joblib.load.

    .venv/bin/python -m benchmarks.second_use [--rounds 3]

The requests to the bucket are counted: the second use must make none.
"""

from benchmarks.catalog_on_s3 import catalog_on_s3, data_folder
from benchmarks.flights import TARGET, flights_file
from benchmarks.measuring import Measured, Run, asked_rounds, in_turn, report

OURS, PLAINLY = "ours, from the cache", "joblib.load plus hashing"
FOREST = (
    "--estimator",
    "random_forest",
    "--param",
    "n_estimators=50",
    "--param",
    "n_jobs=2",
)


def seconds(run: Run) -> float:
    return float(run.told["load"])


def main() -> None:
    rounds = asked_rounds(3)
    with data_folder() as folder, catalog_on_s3() as catalog:
        features = ("--target", TARGET, "--features", "dep_delay,distance,hour,month,day,sched_dep_time")
        told = catalog.train("forest", flights_file(folder), *features, *FOREST)
        program = "benchmarks.programs.load"
        first = catalog.program(program, "catalog", "forest:1")
        artifact = str(first.told["cached"])
        runs = in_turn(
            {
                PLAINLY: lambda: catalog.program(program, "plainly", artifact),
                OURS: lambda: catalog.program(program, "catalog", "forest:1"),
            },
            rounds,
        )
    work = f"a cached forest of {first.told['size_mb']:.0f} MB"
    times = [seconds(a) / seconds(b) for a, b in zip(runs[OURS], runs[PLAINLY], strict=True)]
    figures = [
        Measured(work, "time / joblib.load plus hashing", times, 1.3),
        Measured(work, "requests of the first use", [float(first.told["requests"])]),
        Measured(work, "requests of the second use", [float(run.told["requests"]) for run in runs[OURS]], 0),
    ]
    print(f"Trained in {sum(told['seconds'].values()):.0f} s.")
    report("second_use", runs, figures)


if __name__ == "__main__":
    main()
