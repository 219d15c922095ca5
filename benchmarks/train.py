"""Training and storing on 336,776 flights, against fit and score in the hand-written script.

.venv/bin/python -m benchmarks.train [--rounds 3]
"""

from benchmarks.catalog_on_s3 import catalog_on_s3, data_folder
from benchmarks.flights import ROWS, TARGET, flights_file
from benchmarks.measuring import Measured, asked_rounds, in_turn, peaks, ratios, report
from benchmarks.pipelines import FEATURES

OURS, DEFAULT, BY_HAND, ALONE = "ours", "ours, default pipeline", "by hand", "the fit alone"
STEPS = ("evaluate", "report", "importances")


def main() -> None:
    rounds = asked_rounds(3)
    with data_folder() as folder, catalog_on_s3() as catalog:
        table = flights_file(folder)
        source = catalog.put(table, "flights.csv")
        catalog.manage("add_dataset", "flights", table)
        asked = ("--dataset", "flights", "--target", TARGET, "--features", ",".join(FEATURES), "--json")
        same = ("--pipeline", "benchmarks.pipelines:one_hot")
        by_hand = ("benchmarks.programs.by_hand", "train", source, "s3://public/model.joblib")
        runs = in_turn(
            {
                BY_HAND: lambda: catalog.program(*by_hand),
                OURS: lambda: catalog.manage("train_model", "one-hot", *asked, *same),
                DEFAULT: lambda: catalog.manage("train_model", "default", *asked),
                ALONE: lambda: catalog.program("benchmarks.programs.fit_alone", flights_file(folder, ROWS, "parquet")),
            },
            rounds,
        )
    fitted = [run.told["fit_and_score"] for run in runs[BY_HAND]]
    steps = [run.told["seconds"] for run in runs[OURS]]
    whole = [run.seconds / seconds for run, seconds in zip(runs[OURS], fitted, strict=True)]
    work = "train_model, same pipeline"
    figures = [
        Measured(work, "whole process / fit and score by hand", whole, 1.25),
        Measured(work, "whole process / the whole script", ratios(runs, OURS, BY_HAND)),
        Measured(work, "peak / the script's", ratios(runs, OURS, BY_HAND, lambda run: run.peak_mb), 1.0),
        Measured("the fit alone", "peak / the script's", ratios(runs, ALONE, BY_HAND, lambda run: run.peak_mb)),
        Measured(work, "seconds of metrics and report", [sum(each[step] for step in STEPS) for each in steps]),
        *(Measured(work, f"seconds of {step}", [each.get(step, 0.0) for each in steps]) for step in steps[0]),
        Measured("train_model, default pipeline", "time / the whole script", ratios(runs, DEFAULT, BY_HAND)),
        Measured("train_model, default pipeline", "peak MB", peaks(runs, DEFAULT)),
    ]
    report("train", runs, figures)


if __name__ == "__main__":
    main()
