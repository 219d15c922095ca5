#!/usr/bin/env bash
# A fitted classifier can't be calibrated on rows that lack one of its classes, and the error says neither.
#
# CalibratedClassifierCV(FrozenEstimator(model)) is scikit-learn's way to calibrate on rows of a later time. One would
# bet that a class of which there is none among them keeps its probability, or is named in an error. scikit-learn
# 1.9.1 raises "index 2 is out of bounds for axis 1 with size 2" from deep inside, whichever class it is, for both
# methods, in the version that has FrozenEstimator in place of cv="prefit".
# So check the classes yourself before calibrating: the rare ones, for which calibration is done, are missing first.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check scikit-learn==1.9.1 numpy==2.4.6

cat > expected <<'SEEN'
sigmoid  without class None: fitted
sigmoid  without class 0: IndexError: index 2 is out of bounds for axis 1 with size 2
sigmoid  without class 1: IndexError: index 2 is out of bounds for axis 1 with size 2
sigmoid  without class 2: IndexError: index 2 is out of bounds for axis 1 with size 2
isotonic without class None: fitted
isotonic without class 0: IndexError: index 2 is out of bounds for axis 1 with size 2
isotonic without class 1: IndexError: index 2 is out of bounds for axis 1 with size 2
isotonic without class 2: IndexError: index 2 is out of bounds for axis 1 with size 2
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression

generator = np.random.default_rng(0)
y = generator.integers(0, 3, 600)
X = np.eye(3)[y] + generator.normal(scale=0.3, size=(600, 3))
model = LogisticRegression().fit(X, y)
for method in ("sigmoid", "isotonic"):
    for missing in (None, 0, 1, 2):
        rows = y != missing if missing is not None else slice(None)
        try:
            CalibratedClassifierCV(FrozenEstimator(model), method=method).fit(X[rows], y[rows])
            print(f"{method:8} without class {missing}: fitted")
        except IndexError as error:
            print(f"{method:8} without class {missing}: IndexError: {error}")
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
