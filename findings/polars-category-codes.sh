#!/usr/bin/env bash
# The codes of a Polars Categorical depend on what else the process holds.
#
# In pandas the codes of a category count its own categories, so one would bet that a column ["b", "a"] has the codes
# 0 and 1 (or 1 and 0) in Polars too. Polars 2.1.0 keeps one list of texts for the whole process: the codes of
# to_physical go by what came first, in whatever column of whatever frame that is still alive. The same column has the
# codes 0 and 1 in a new process, and 1000 and 1001 beside a column of a thousand ids.
# So to_physical() as a feature, or codes kept from training, mean other categories in the next process, and as
# numbers they grow with unrelated data. An Enum has the same codes always; its texts must be known.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check polars==2.1.0

cat > expected <<'SEEN'
alone in its process: [0, 1, 0] as an Enum [1, 0, 1]
beside a column of ids: [1000, 1001, 1000] as an Enum [1, 0, 1]
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
import subprocess
import sys

COLUMN = """
import polars
{before}
column = polars.Series(["blue", "amber", "blue"], dtype=polars.Categorical)
print(column.to_physical().to_list(), "as an Enum", column.cast(polars.Enum(["amber", "blue"])).to_physical().to_list())
"""
others = 'ids = polars.Series([f"id-{n}" for n in range(1000)], dtype=polars.Categorical)'
for title, before in (("alone in its process:", ""), ("beside a column of ids:", others)):
    print(title, subprocess.check_output([sys.executable, "-c", COLUMN.format(before=before)], text=True).strip())
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
