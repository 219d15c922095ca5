#!/usr/bin/env bash
# HistGradientBoostingClassifier takes class weights by the positions of the classes, not by the classes.
#
# Its documentation says "weights associated with classes in the form {class_label: weight}", as for all classifiers of
# scikit-learn, so one would bet on class_weight={"late": 20}. It encodes the labels before it looks at the weights
# (scikit-learn 1.9.1): by labels they are refused, unless the labels happen to be 0 to k-1, and {1: 20} means the
# second class in the order of the alphabet. The other classifiers take the labels and refuse the positions.
# So pass positions to this one, or sample_weight=compute_sample_weight({"late": 20}, y), which means the same anywhere.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check scikit-learn==1.9.1 numpy==2.4.6

cat > expected <<'SEEN'
RandomForestClassifier {'early': 1, 'late': 20} taken
RandomForestClassifier {0: 1, 1: 20} refused
HistGradientBoostingClassifier {'early': 1, 'late': 20} The classes, [0, 1], are not in class_weight
HistGradientBoostingClassifier {0: 1, 1: 20} taken
SEEN

venv/bin/python - > seen <<'PYTHON'
import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier

rows = np.random.default_rng(0).random((200, 2))
labels = np.where(rows[:, 0] > 0.5, "late", "early")
for kind in (RandomForestClassifier, HistGradientBoostingClassifier):
    for weights in ({"early": 1, "late": 20}, {0: 1, 1: 20}):
        try:
            kind(class_weight=weights).fit(rows, labels)
            print(kind.__name__, weights, "taken")
        except ValueError as error:
            print(kind.__name__, weights, "refused" if kind is RandomForestClassifier else error)
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
