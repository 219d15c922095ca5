#!/usr/bin/env bash
# calamine reads an error cell of a workbook, and a cell of one space, as an empty cell.
#
# A spreadsheet says #N/A or #DIV/0! where a formula failed. One would bet that a reader gives that text, as openpyxl
# 3.1.5 does, or refuses. python-calamine 0.9.1 gives "" for each of them, the same as for a cell without anything,
# for one blank, and for a formula that was never calculated; so errors can't be told from missing values, nor be
# counted. Numbers are all floats there (ids of 17 digits and counts alike), where openpyxl has integers.
# So "no errors in the sheet" can't be checked by a program on calamine: where that matters, look with openpyxl first.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check python-calamine==0.9.1 openpyxl==3.1.5

cat > expected <<'SEEN'
openpyxl 7          calamine 7.0
openpyxl '7'        calamine '7'
openpyxl '#N/A'     calamine ''
openpyxl '#DIV/0!'  calamine ''
openpyxl ' '        calamine ''
openpyxl None       calamine ''
openpyxl None       calamine ''
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
import openpyxl
from python_calamine import CalamineWorkbook

workbook = openpyxl.Workbook()
for value in (7, "7", "#N/A", "#DIV/0!", " ", "=1+1", None):
    workbook.active.append(["x", value])
workbook.save("t.xlsx")

by_openpyxl = [row[1] for row in openpyxl.load_workbook("t.xlsx", data_only=True).active.values]
by_calamine = [row[1] for row in CalamineWorkbook.from_path("t.xlsx").get_sheet_by_index(0).to_python()]
for one, other in zip(by_openpyxl, by_calamine):
    print(f"openpyxl {one!r:10} calamine {other!r}")
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
