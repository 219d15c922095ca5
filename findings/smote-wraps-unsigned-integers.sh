#!/usr/bin/env bash
# SMOTE makes people of 1 to 254 years of people of 20 to 80, when ages are unsigned bytes.
#
# SMOTE puts new rows on the line between two rows that are there, so one would bet that no new value lies outside the
# old ones, and that a column keeps its mean. imbalanced-learn 0.14.2 subtracts the two rows in the column's own type
# and writes the result in it: unsigned integers wrap (a young neighbour of an old row is 200 years off), other
# integers are cut off towards zero, and booleans are true as soon as they are not 0. Of a column of 0 and 1, 47 % of
# the rare class have a 1; of its new rows it is 27 % as int64, 65 % as bool, and anything up to 252 as uint8.
# Only float64 keeps the mean, with fractions between 0 and 1. uint8 is what images, one-hot columns of older pandas and
# downcast tables have. Cast to float64 before SMOTE, or say what is a category: SMOTENC.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    imbalanced-learn==0.14.2 scikit-learn==1.9.1 pandas==3.1.1 numpy==2.4.6

cat > expected <<'SEEN'
rare class           age 20 to 80, member 47%
new rows of float64  age 20 to 80, member 46% on average, 1 at most
new rows of int64    age 20 to 79, member 27% on average, 1 at most
new rows of bool     age 20 to 80, member 65% on average, 1 at most
new rows of uint8    age 1 to 254, member 2825% on average, 252 at most
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
import numpy as np
import pandas as pd
from imblearn.over_sampling import SMOTE

generator, rows = np.random.default_rng(0), 1000
age, member = generator.integers(20, 81, rows), generator.integers(0, 2, rows)
rare = np.arange(rows) < 100

print(f"rare class           age {age[rare].min()} to {age[rare].max()}, member {member[rare].mean():.0%}")
for kind in ("float64", "int64", "bool", "uint8"):
    ages = age.astype("float64" if kind == "bool" else kind)
    frame = pd.DataFrame({"age": ages, "member": member.astype(kind)})
    new = SMOTE(random_state=0).fit_resample(frame, rare)[0].iloc[rows:].astype(float)
    low, high, mean, most = new["age"].min(), new["age"].max(), new["member"].mean(), new["member"].max()
    print(f"new rows of {kind:8} age {low:.0f} to {high:.0f}, member {mean:.0%} on average, {most:.0f} at most")
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
