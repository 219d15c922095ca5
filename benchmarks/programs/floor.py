"""The estimator alone, in memory: rows a second at every batch size, on the frame that the catalog would give it.

    python -m benchmarks.programs.floor MODEL:N TABLE ROWS

The size that was best in one pass then predicts ROWS rows: the floor that reading, writing and starting up are measured
against. One pass takes a second or less, and the best of four is the luckiest of four.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

BATCH_SIZES = (5_000, 10_000, 20_000, 50_000)
ROWS = 200_000


def seconds(estimator: Any, frame: Any, rows: int) -> float:
    """To predict the frame once, in batches of so many rows."""
    parts = [frame.iloc[at : at + rows] for at in range(0, len(frame), rows)]
    started = time.perf_counter()
    for part in parts:
        estimator.predict(part)
    return time.perf_counter() - started


def main(reference: str, path: Path, rows: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "s3site.settings")
    import django

    django.setup()
    import pyarrow as pa

    from catalog.ml.features import to_frame
    from catalog.ml.signature import Signature
    from catalog.ml.tables.reading import open_table
    from catalog.services.prediction.loading import load_version
    from catalog.services.registry.references import get_model_version

    version = get_model_version(reference)
    estimator = load_version(version).estimator
    features = Signature.from_json(version.signature).features
    batches = open_table(path, path.name).batches({feature.name: feature.read_type for feature in features})
    frame = to_frame(pa.Table.from_batches(batches).slice(0, ROWS), features)
    estimator.predict(frame.iloc[:2_000])
    tried = {size: len(frame) / seconds(estimator, frame, size) for size in BATCH_SIZES}
    best = max(tried, key=lambda size: tried[size])
    passes = -(-rows // len(frame))
    speed = passes * len(frame) / sum(seconds(estimator, frame, best) for _ in range(passes))
    print(json.dumps({"rows_a_second": speed, "best_batch_rows": best, "by_batch_rows": tried}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
