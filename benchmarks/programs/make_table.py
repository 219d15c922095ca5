"""A CSV file of random numbers and a target that they explain: make_table columns|classes FILE ROWS COUNT."""

import sys

import numpy as np
import pyarrow as pa
import pyarrow.csv

SIGNIFICANT = 10


def main(kind: str, path: str, rows: int, count: int) -> None:
    random = np.random.default_rng(0)
    width = count if kind == "columns" else SIGNIFICANT
    numbers = np.round(random.normal(size=(rows, width)), 4)
    if kind == "columns":
        target = pa.array(numbers[:, :SIGNIFICANT].sum(axis=1) + random.normal(size=rows))
    else:
        labels = random.permutation(np.arange(rows) % count)
        numbers += np.round(random.normal(size=(count, width)), 4)[labels]
        target = pa.array([f"class {label}" for label in labels])
    columns = {f"x{at}": numbers[:, at] for at in range(width)}
    pyarrow.csv.write_csv(pa.table({**columns, "target": target}), path)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
