#!/usr/bin/env bash
# To category_encoders' target encoders, a town of apples and cherries is a town of bananas.
#
# A target encoder puts the mean of the target in place of a category. Of three classes there is no mean, so one would
# bet on an error, or on a column for each class as scikit-learn's TargetEncoder makes them. category_encoders 2.11.2
# numbers the classes by the alphabet, 0, 1 and 2, and takes the mean of that: Bonn, where all is bananas, and Kiel,
# half apples and half cherries, both are 1.0 and can't be told apart. Call the bananas "zucchini" and they can: the same
# table under another name is another model. TargetEncoder, LeaveOneOut, CatBoost, James-Stein and M-estimate all do so
# without a word; WOEEncoder refuses.
# So of more than two classes use scikit-learn's TargetEncoder, or put category_encoders' PolynomialWrapper around.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    category_encoders==2.11.2 scikit-learn==1.9.1 pandas==3.1.1 numpy==2.4.6

cat > expected <<'SEEN'
The fruits of Bonn are called banana: Bonn, Kiel, Ulm
  TargetEncoder      1.0 1.0 0.0
  LeaveOneOutEncoder 1.0 1.0 0.0
  CatBoostEncoder    1.0 1.0 0.0
  JamesSteinEncoder  1.0 1.0 0.0
  MEstimateEncoder   1.0 1.0 0.0
The fruits of Bonn are called zucchini: Bonn, Kiel, Ulm
  TargetEncoder      2.0 0.5 0.0
  LeaveOneOutEncoder 2.0 0.5 0.0
  CatBoostEncoder    2.0 0.5 0.0
  JamesSteinEncoder  2.0 0.5 0.0
  MEstimateEncoder   2.0 0.5 0.0
  WOEEncoder         The target column y must be binary. But the target contains 3 unique value(s).
  scikit-learn's     of Bonn: 0.0 1.0 0.0, Kiel: 0.5 0.0 0.5, Ulm: 1.0 0.0 0.0
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
import category_encoders
import numpy as np
import pandas as pd
from sklearn.preprocessing import TargetEncoder

town = np.repeat(["Bonn", "Kiel", "Ulm"], 100)
towns = pd.DataFrame({"town": ["Bonn", "Kiel", "Ulm"]})


def fruit(banana):
    half = np.where(np.arange(300) % 2 == 0, "apple", "cherry")
    return np.where(town == "Bonn", banana, np.where(town == "Kiel", half, "apple")).astype(object)


def told(values):
    return " ".join(f"{value:.1f}" for value in values)


frame = pd.DataFrame({"town": town})
for banana in ("banana", "zucchini"):
    print(f"The fruits of Bonn are called {banana}: Bonn, Kiel, Ulm")
    for name in ("TargetEncoder", "LeaveOneOutEncoder", "CatBoostEncoder", "JamesSteinEncoder", "MEstimateEncoder"):
        encoder = getattr(category_encoders, name)().fit(frame, fruit(banana))
        print(f"  {name:18} {told(encoder.transform(towns)['town'])}")
try:
    category_encoders.WOEEncoder().fit(frame, fruit("banana"))
except ValueError as error:
    print("  WOEEncoder        ", error)
encoder = TargetEncoder(random_state=0).fit(frame, fruit("banana"))
columns = zip(towns["town"], encoder.transform(towns))
print("  scikit-learn's     of", ", ".join(f"{name}: {told(row)}" for name, row in columns))
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
