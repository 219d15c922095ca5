#!/usr/bin/env bash
# LightGBM trains on a category of dates to the end and then fails with "Circular reference detected".
#
# A pandas category of timestamps (the first of each month, say) is as good as one of texts. One would bet that it
# works, or is refused as such before training. LightGBM 4.7.0 writes the categories of its frames into the model as
# JSON, and JSON knows no dates: fit raises, after all trees were grown, an error of Python's json module that names
# neither the column nor the type. Booleans, numbers and texts as categories pass.
# So make such a category one of texts before fitting; the same holds for Python's date objects.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    lightgbm==4.7.0 pandas==3.1.1 scikit-learn==1.9.1 numpy==2.4.6

cat > expected <<'SEEN'
texts      fitted
numbers    fitted
booleans   fitted
timestamps ValueError: Circular reference detected (after 20 trees)
dates      ValueError: Circular reference detected (after 20 trees)
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
from datetime import date

import numpy as np
import pandas as pd
from lightgbm import LGBMRegressor

kinds = {
    "texts": ["2026-01", "2026-02"],
    "numbers": [1.5, 2.5],
    "booleans": [True, False],
    "timestamps": pd.to_datetime(["2026-01-01", "2026-02-01"]),
    "dates": [date(2026, 1, 1), date(2026, 2, 1)],
}
for kind, values in kinds.items():
    grown = []
    frame = pd.DataFrame({"month": pd.Categorical(list(values) * 50)})
    model = LGBMRegressor(n_estimators=20, verbose=-1)
    try:
        model.fit(frame, np.arange(100.0), callbacks=[lambda state: grown.append(state.iteration)])
        print(f"{kind:10} fitted")
    except Exception as error:
        print(f"{kind:10} {type(error).__name__}: {error} (after {len(grown)} trees)")
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
