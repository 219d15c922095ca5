#!/usr/bin/env bash
# scikit-learn's trees and forests can't tell 16,777,217 from 16,777,216; HistGradientBoosting can.
#
# Order numbers, cents and Unix seconds are integers of more than seven digits. One would bet that a tree, which only
# compares, tells any two of them apart. DecisionTree, RandomForest and GradientBoosting of scikit-learn 1.9.1 turn X
# into float32 first, so integers above 2^24 fall together in steps of 2, 4, ..., and seconds of 2026 in steps of 128.
# HistGradientBoosting bins float64 and learns the difference.
# So two events within a minute are one and the same to a forest. Subtract a fixed start from such columns, or split
# them, before the forest; a difference between two estimators may be this and not the model.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check scikit-learn==1.9.1 numpy==2.4.6

cat > expected <<'SEEN'
seconds since 1970
  DecisionTreeClassifier          0.96 of the training rows right
  RandomForestClassifier          0.96 of the training rows right
  GradientBoostingClassifier      0.96 of the training rows right
  HistGradientBoostingClassifier  1.00 of the training rows right
seconds since 2026
  DecisionTreeClassifier          1.00 of the training rows right
  RandomForestClassifier          1.00 of the training rows right
  GradientBoostingClassifier      1.00 of the training rows right
  HistGradientBoostingClassifier  1.00 of the training rows right
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
import numpy as np
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

second = 1_767_225_600  # the first of January 2026
for name, start in (("seconds since 1970", second), ("seconds since 2026", 0)):
    X = start + np.arange(120).reshape(-1, 1)
    y = (np.arange(120) >= 60).astype(int)
    print(name)
    for model in (
        DecisionTreeClassifier(random_state=0),
        RandomForestClassifier(random_state=0),
        GradientBoostingClassifier(random_state=0),
        HistGradientBoostingClassifier(random_state=0),
    ):
        print(f"  {type(model).__name__:31} {model.fit(X, y).score(X, y):.2f} of the training rows right")
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
