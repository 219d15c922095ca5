"""What the checks of a training take: the same training with them and without, on few rows and on many.

.venv/bin/python -m benchmarks.checks [--rounds 5]
"""

from functools import partial
from pathlib import Path

from benchmarks.catalog_on_s3 import catalog_on_s3, data_folder
from benchmarks.flights import ROWS, TARGET, flights_file
from benchmarks.measuring import Measured, asked_rounds, in_turn, ratios, report
from benchmarks.pipelines import FEATURES

FEW = ROWS // 500
# Of trainings that take a second or two in all a second is much, so the quick ones show the checks at their dearest.
ASKED = {
    f"{FEW:,} rows, ridge": (FEW, ("--estimator", "ridge")),
    f"{ROWS:,} rows, ridge": (ROWS, ("--estimator", "ridge")),
    f"{ROWS:,} rows, default": (ROWS, ()),
}


def main() -> None:
    rounds, contestants = asked_rounds(5), {}
    with data_folder() as folder, catalog_on_s3() as catalog:
        for rows in {rows for rows, _ in ASKED.values()}:
            table: Path = flights_file(folder, rows)
            catalog.manage("add_dataset", f"flights-{rows}", table)
        for name, (rows, options) in ASKED.items():
            asked = ("delays", "--dataset", f"flights-{rows}", "--target", TARGET, "--features", ",".join(FEATURES))
            train = (*asked, *options, "--json")
            program = "benchmarks.programs.train_once"
            contestants[f"{name}, checked"] = partial(catalog.program, program, "checked", *train)
            contestants[name] = partial(catalog.program, program, "unchecked", *train)
        runs = in_turn(contestants, rounds)
    figures = []
    for name in ASKED:
        checked, steps = runs[f"{name}, checked"], f"train_model, {name}"
        figures += [
            Measured(steps, "time with checks / without", ratios(runs, f"{name}, checked", name)),
            Measured(steps, "seconds of the step", [each.told["seconds"]["check"] for each in checked]),
        ]
    report("checks", runs, figures)


if __name__ == "__main__":
    main()
