#!/usr/bin/env bash
# skrub's TableVectorizer can't tell order 123456789 from order 123456790, nor two times a minute apart.
#
# One would bet that preparing a table keeps its numbers. TableVectorizer of skrub 0.11.0 makes float32 of every
# number and of every part of a date by default: integers beyond 16,777,216 fall together, amounts lose their cents
# from 131,072 on, and "total seconds", the one column that holds the moment, has steps of 128 seconds. Texts that are
# numbers are numbers then ("007" is 7). Cleaner, on its own, keeps float64.
# So a HistGradientBoosting behind it is given less than the table holds. Where that matters, give such columns their
# own step by specific_transformers, or use Cleaner.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    skrub==0.11.0 scikit-learn==1.9.1 pandas==3.1.1 numpy==2.4.6

cat > expected <<'SEEN'
TableVectorizer order            float32, 2 different values of 3
TableVectorizer amount           float32, 2 different values of 3
TableVectorizer at_total_seconds float32, 2 different values of 3
TableVectorizer code             float32, [7.0, 8.0, 10.0]
Cleaner         order            int64, 3 different values of 3
Cleaner         amount           float64, 3 different values of 3
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
import pandas as pd
from skrub import Cleaner, TableVectorizer

frame = pd.DataFrame(
    {
        "order": [123456789, 123456790, 5] * 20,
        "amount": [1000000.01, 1000000.02, 5.0] * 20,
        "at": pd.to_datetime(["2026-01-31 10:01:00", "2026-01-31 10:02:00", "2026-02-01 00:00:00"] * 20),
        "code": ["007", "008", "010"] * 20,
    }
)
made, cleaned = TableVectorizer().fit_transform(frame), Cleaner().fit_transform(frame)
for name in ("order", "amount", "at_total_seconds"):
    print(f"TableVectorizer {name:16} {made[name].dtype}, {made[name].nunique()} different values of 3")
print(f"TableVectorizer code             {made['code'].dtype}, {made['code'].tolist()[:3]}")
for name in ("order", "amount"):
    print(f"Cleaner         {name:16} {cleaned[name].dtype}, {cleaned[name].nunique()} different values of 3")
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
