"""Training on 80 rows of 2,000 and 5,001 columns, against a decision tree fitted and scored by hand.

.venv/bin/python -m benchmarks.wide [--rounds 3]
"""

from pathlib import Path

import numpy as np

from benchmarks.catalog_on_s3 import catalog_on_s3, data_folder
from benchmarks.measuring import Measured, asked_rounds, in_turn, report

ROWS, COLUMNS = 80, (2_000, 5_001)
MOST_SECONDS_MORE = 5.0


def write_table(path: Path, columns: int) -> Path:
    """Random numbers and a target of two classes, `columns` in all, as of genes of a few patients."""
    numbers = np.random.default_rng(0).random((ROWS, columns - 1))
    header = ",".join([*(f"gene{at}" for at in range(columns - 1)), "ill"])
    ill = np.where(numbers[:, 0] > 0.5, "yes", "no")
    lines = [",".join([*map(str, row), label]) for row, label in zip(numbers.round(6), ill, strict=True)]
    path.write_text("\n".join([header, *lines, ""]))
    return path


def main() -> None:
    rounds = asked_rounds(3)
    with data_folder() as folder, catalog_on_s3() as catalog:
        contestants = {}
        for columns in COLUMNS:
            table = write_table(folder / f"wide-{columns}.csv", columns)
            catalog.manage("add_dataset", f"wide-{columns}", table)
            asked = ("--dataset", f"wide-{columns}", "--target", "ill", "--estimator", "decision_tree", "--json")
            contestants[f"{columns:,} columns: by hand"] = lambda table=table: catalog.program(
                "benchmarks.programs.tree_by_hand", table, "ill"
            )
            contestants[f"{columns:,} columns: ours"] = lambda asked=asked: catalog.manage("train_model", "ill", *asked)
        runs = in_turn(contestants, rounds)
    figures = []
    for columns in COLUMNS:
        pairs = zip(runs[f"{columns:,} columns: ours"], runs[f"{columns:,} columns: by hand"], strict=True)
        more = [ours.seconds - by_hand.seconds for ours, by_hand in pairs]
        work = f"train_model on {columns:,} columns"
        figures.append(Measured(work, "seconds more than fit and score by hand", more, MOST_SECONDS_MORE))
        steps = [run.told["seconds"]["importances"] for run in runs[f"{columns:,} columns: ours"]]
        figures.append(Measured(work, "seconds of importances", steps))
    report("wide", runs, figures)


if __name__ == "__main__":
    main()
