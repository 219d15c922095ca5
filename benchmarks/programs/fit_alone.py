"""The pipeline fitted on the rows to learn from, and nothing else held in memory: the least that training can take.

python -m benchmarks.programs.fit_alone TABLE.parquet
"""

import json
import sys
import time

import pandas as pd
from sklearn.model_selection import train_test_split

from benchmarks import pipelines
from benchmarks.flights import TARGET


def main(path: str) -> None:
    table = pd.read_parquet(path, columns=[*pipelines.FEATURES, TARGET]).dropna(subset=[TARGET])
    table, _ = train_test_split(table, test_size=0.2, random_state=0)
    target = table.pop(TARGET)
    started = time.perf_counter()
    pipelines.one_hot().fit(table, target)
    print(json.dumps({"fit": time.perf_counter() - started}))


if __name__ == "__main__":
    main(sys.argv[1])
