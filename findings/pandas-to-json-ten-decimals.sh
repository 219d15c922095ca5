#!/usr/bin/env bash
# pandas.DataFrame.to_json(orient="split"), the body that MLflow's servers are asked with, holds other numbers than the frame.
#
# One would bet that JSON made of a frame gives its numbers back, as Python's json and Polars' write_json do: the shortest
# text of a float64 is exact. pandas 3.1.1 writes ten decimals unless it is told otherwise, and fifteen at most, where
# seventeen digits may be needed. Of standardised features, as in front of a linear model, not one cell in a hundred is what
# it was, and with the most digits an eighth; a concentration of 1e-11 is 0.0, and so is any smaller one, without a warning.
# So a served model may answer otherwise than the same model in the notebook: make the body by json.dumps of to_dict("split").
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pandas==3.1.1 scikit-learn==1.9.1 numpy==2.4.6 polars==2.1.0

cat > expected <<'SEEN'
to_json                        0 % of the cells are what they were   [0.0, 3e-10]
to_json, double_precision=15  12 % of the cells are what they were   [3.2e-11, 2.718e-10]
json.dumps                   100 % of the cells are what they were   [3.2e-11, 2.718e-10]
Polars                       100 % of the cells are what they were   [3.2e-11, 2.718e-10]
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
import json

import numpy
import pandas
import polars
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler

cells = StandardScaler().fit_transform(load_breast_cancer().data)
names = [f"x{number}" for number in range(cells.shape[1])]
small = pandas.DataFrame([[3.2e-11, 2.718e-10]], columns=["a", "b"])
WRITERS = {
    "to_json": lambda frame: frame.to_json(orient="split"),
    "to_json, double_precision=15": lambda frame: frame.to_json(orient="split", double_precision=15),
    "json.dumps": lambda frame: json.dumps(frame.to_dict("split")),
    "Polars": lambda frame: json.dumps({"data": [list(row.values()) for row in json.loads(polars.DataFrame(frame.to_dict("list")).write_json())]}),
}
for name, write in WRITERS.items():
    back = numpy.array(json.loads(write(pandas.DataFrame(cells, columns=names)))["data"])
    print(f"{name:28} {100 * (back == cells).mean():3.0f} % of the cells are what they were   {json.loads(write(small))['data'][0]}")
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
