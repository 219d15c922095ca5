#!/usr/bin/env bash
# joblib.hash of two equal pandas frames differs by how they were made.
#
# joblib.hash, and so joblib.Memory, is used to say "this data was seen before". One would bet that frames for which
# frame.equals(other) is true have one hash. joblib 1.6.0 hashes what pandas 3.1.1 pickles, and that has the layout in
# it: adding a column later, cutting rows from a longer frame or a round trip through Parquet changes the hash of the
# same values. A round trip through CSV happens not to.
# So a cache keyed by it misses for equal data and computes again, and a stored hash can't prove that data is the
# same: hash the values, column by column, or the file.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check joblib==1.6.0 pandas==3.1.1 pyarrow==26.0.1 numpy==2.4.6

cat > expected <<'SEEN'
made in the same way            equal: True, same hash
a column added later            equal: True, other hash
the first rows of a longer one  equal: True, other hash
back from Parquet               equal: True, other hash
back from CSV                   equal: True, same hash
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
import io

import joblib
import pandas as pd

numbers = pd.DataFrame({"x": [1.0, 2.0], "y": [3.0, 4.0]})
texts = pd.DataFrame({"city": ["Bonn", "Kiel"], "x": [1.0, 2.0]})
texts.to_parquet("t.parquet")
pairs = {
    "made in the same way": (numbers, pd.DataFrame({"x": [1.0, 2.0], "y": [3.0, 4.0]})),
    "a column added later": (numbers, numbers[["x"]].assign(y=numbers["y"])),
    "the first rows of a longer one": (texts, pd.concat([texts, texts], ignore_index=True)[:2]),
    "back from Parquet": (texts, pd.read_parquet("t.parquet")),
    "back from CSV": (texts, pd.read_csv(io.StringIO(texts.to_csv(index=False)))),
}
for name, (one, other) in pairs.items():
    same = "same hash" if joblib.hash(one) == joblib.hash(other) else "other hash"
    print(f"{name:31} equal: {one.equals(other)}, {same}")
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
