"""By how many bytes the peak of memory grows from training in batches on a small table to a large one.

incremental_memory.py SMALL.parquet LARGE.parquet
"""

import re
import sys
from pathlib import Path

from catalog.ml.evaluation import metrics, report
from catalog.ml.features import Feature
from catalog.ml.tables.reading import open_table
from catalog.ml.tables.schema import ColumnType
from catalog.ml.training.incremental import batch_learning, batches
from catalog.ml.training.incremental.batch_learning import BatchLearner, Measured, build_incremental
from catalog.ml.training.incremental.batches import Columns, windows
from catalog.ml.training.incremental.feature_statistics import FirstPass

# So small that the small table fills them too.
batches.WINDOW_ROWS, batch_learning.MEASURED_CELLS = 5_000, 20_000


def train(path: str) -> int:
    """Look, learn and measure, and return how many rows were measured."""
    table = open_table(Path(path), path)
    features = [Feature(name, ColumnType.NUMBER) for name in table.column_names if name not in {"carrier", "air_time"}]
    columns = Columns(
        [*features, Feature("carrier", ColumnType.STRING)], "air_time", ColumnType.NUMBER, "regression", 0.2, 0
    )
    seen = FirstPass(columns)
    for window in windows(table, columns):
        seen.add(window)
    learner = BatchLearner(build_incremental("sgd", "regression", {}, 0), "sgd", seen)
    for window in windows(table, columns):
        learner.learn(window)
    measured = Measured(learner.pipeline, seen)
    for window in windows(table, columns):
        measured.add(window)
    metrics.measure(measured.result)
    report.make_report(measured.result)
    return len(measured.result.truth)


def peak_bytes() -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return int(found[1]) * 1024


small, large = sys.argv[1:]  # the small one first, for all that is imported and kept anyway
train(small)
before = peak_bytes()
sys.stdout.write(f"{train(large)} {peak_bytes() - before}")
