#!/usr/bin/env bash
# LightGBM's feature_names_in_ are not the names of the frame that it was fitted on.
#
# In scikit-learn feature_names_in_ are the columns as they were, so one would bet on frame[model.feature_names_in_].
# LightGBM 4.7.0 turns spaces into underscores without a word and reports those: "total price" becomes "total_price"
# and the selection fails. Columns "total price" and "total_price" together are refused as a duplicate, and names with
# a colon, a comma, quotes or brackets ("height [cm]", "f0:mean", the usual output of an SQL or a feature tool) are
# refused at fit; letters beyond ASCII are fine.
# So check names before training, and keep the frame's own names beside the model.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    lightgbm==4.7.0 pandas==3.1.1 scikit-learn==1.9.1 numpy==2.4.6

cat > expected <<'SEEN'
['total price'] -> ['total_price']
['total price', 'total_price'] -> Feature (total_price) appears more than one time.
['height [cm]'] -> Do not support special JSON characters in feature name.
['f0:mean'] -> Do not support special JSON characters in feature name.
['avg(x, 1)'] -> Do not support special JSON characters in feature name.
['größe'] -> ['größe']
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
import lightgbm
import numpy as np
import pandas as pd
from lightgbm import LGBMRegressor


values = np.arange(50.0)


def fit(*names):
    frame = pd.DataFrame({name: values for name in names})
    try:
        return LGBMRegressor(n_estimators=2, verbose=-1).fit(frame, values).feature_names_in_.tolist()
    except lightgbm.basic.LightGBMError as error:
        return error


refused = ["total price", "total_price"], ["height [cm]"], ["f0:mean"], ["avg(x, 1)"]
for names in (["total price"], *refused, ["größe"]):
    print(names, "->", fit(*names))
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
