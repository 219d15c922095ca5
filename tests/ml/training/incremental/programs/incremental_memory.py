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
from catalog.ml.training.estimators import make_estimator
from catalog.ml.training.incremental import batches, held_out_batches
from catalog.ml.training.incremental.batch_learning import BatchLearner
from catalog.ml.training.incremental.batches import ExampleColumns, read_batches
from catalog.ml.training.incremental.held_out_batches import HeldOutBatches
from catalog.ml.training.incremental.table_statistics import TableStatistics

# So small that the small table fills them too.
batches.BATCH_ROWS, held_out_batches.MEASURED_CELLS = 5_000, 20_000


def train(path: str) -> int:
    """Look, learn and measure, and return how many rows were measured."""
    table = open_table(Path(path), path)
    features = [Feature(name, ColumnType.NUMBER) for name in table.column_names if name not in {"carrier", "air_time"}]
    columns = ExampleColumns(
        [*features, Feature("carrier", ColumnType.STRING)], "air_time", ColumnType.NUMBER, "regression", 0.2, 0
    )
    seen = TableStatistics(columns)
    for batch in read_batches(table, columns):
        seen.add(batch)
    learner = BatchLearner(make_estimator("sgd", "regression", {}, random_state=0), "sgd", seen)
    for batch in read_batches(table, columns):
        learner.learn(batch)
    held_out = HeldOutBatches(learner.pipeline, seen)
    for batch in read_batches(table, columns):
        held_out.add(batch)
    metrics.measure(held_out.result)
    report.make_report(held_out.result)
    return len(held_out.result.truth)


def peak_bytes() -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return int(found[1]) * 1024


small, large = sys.argv[1:]  # the small one first, for all that is imported and kept anyway
train(small)
before = peak_bytes()
sys.stdout.write(f"{train(large)} {peak_bytes() - before}")
