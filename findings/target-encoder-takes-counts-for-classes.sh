#!/usr/bin/env bash
# TargetEncoder makes a column per distinct target when the target of a regression happens to be whole.
#
# One would bet that a float target means regression. scikit-learn 1.9.1 with target_type="auto" looks at the values:
# if all are whole numbers, floats too, they are classes, and each category gets as many columns as there are
# different targets (the share of each). With cents in one amount the same table gets one column, the mean.
# So prices in whole euros, counts and ages of 18 to 90 give dozens of columns per feature; rounding the target, or a
# sample without cents, changes the shape of the model; and with a few thousand distinct amounts the memory is gone.
# Pass target_type="continuous" for regression.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check scikit-learn==1.9.1 pandas==3.1.1 numpy==2.4.6

cat > expected <<'SEEN'
whole euros                            186 columns, multiclass
one amount with cents                  1 columns, continuous
whole euros, target_type='continuous'  1 columns, continuous
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
import numpy as np
import pandas as pd
from sklearn.preprocessing import TargetEncoder

generator = np.random.default_rng(0)
X = pd.DataFrame({"city": generator.choice(["Bonn", "Kiel", "Ulm"], 500)})
euros = generator.integers(100, 300, 500).astype(float)
with_cents = euros.copy()
with_cents[0] += 0.5

for name, y, options in (
    ("whole euros", euros, {}),
    ("one amount with cents", with_cents, {}),
    ("whole euros, target_type='continuous'", euros, {"target_type": "continuous"}),
):
    encoder = TargetEncoder(random_state=0, **options)
    print(f"{name:38} {encoder.fit_transform(X, y).shape[1]} columns, {encoder.target_type_}")
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
