"""An estimator alone: how long it takes to predict rows that are in a frame already, or what it takes of memory.

python -m benchmarks.programs.estimator_in_memory time BODIES.json TEXTS MODEL.joblib
python -m benchmarks.programs.estimator_in_memory size - TEXTS MODEL.joblib …
"""

import json
import statistics
import sys
import time
from pathlib import Path

import joblib
import pandas as pd
import sklearn.compose
import sklearn.ensemble
import sklearn.linear_model  # noqa: F401 # so that the memory of modules is not counted as that of estimators

CALLS = 50


def resident_mb() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024 / 1e6


def median_ms(bodies: str, texts: list[str], model: str) -> float:
    frame = pd.DataFrame(json.loads(Path(bodies).read_text()))
    frame = frame.astype({name: "category" if name in texts else float for name in frame.columns})
    estimator, taken = joblib.load(model), []
    for _ in range(CALLS):
        begun = time.perf_counter()
        estimator.predict(frame)
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken) * 1e3


def main(what: str, bodies: str, texts: str, *models: str) -> None:
    if what == "time":
        print(json.dumps({"p50_ms": median_ms(bodies, texts.split(","), models[0])}))
        return
    before = resident_mb()
    estimators = [joblib.load(model) for model in models]
    print(json.dumps({"mb": resident_mb() - before, "estimators": len(estimators)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
