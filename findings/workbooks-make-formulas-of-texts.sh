#!/usr/bin/env bash
# pandas.DataFrame.to_excel makes formulas of texts that begin with "=", and nobody reads the texts back.
#
# One would bet that a frame of texts that is written to a workbook and read again has the same texts, as it has by way of
# CSV and Parquet. pandas 3.1.1 writes the code "=A" as a formula. Through openpyxl 3.1.5 the formula has no result, and every
# reader sees an empty cell; through XlsxWriter 3.3.1 it has the result 0, and every reader sees the number 0. Texts that a
# spreadsheet would also compute when they are typed, as "-1+2", stay texts. Which of both happens hangs on whether XlsxWriter
# is installed: pandas takes it by itself then.
# So a category becomes a missing value here and the number 0 there; and a formula of one's own is 0 until a spreadsheet saves it.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    pandas==3.1.1 openpyxl==3.1.5 XlsxWriter==3.3.1 python-calamine==0.9.1 numpy==2.4.6

cat > expected <<'SEEN'
written                                     ['=A', '=1+1', '-1+2', 'x']
by openpyxl, read by openpyxl               [nan, nan, '-1+2', 'x']
by openpyxl, read by calamine               [nan, nan, '-1+2', 'x']
by xlsxwriter, read by openpyxl             [0, 0, '-1+2', 'x']
by xlsxwriter, read by calamine             [0, 0, '-1+2', 'x']
by what pandas chooses, read by calamine    [0, 0, '-1+2', 'x']
by CSV                                      ['=A', '=1+1', '-1+2', 'x']
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
import pandas

frame = pandas.DataFrame({"code": ["=A", "=1+1", "-1+2", "x"]})
print(f"{'written':43} {frame['code'].tolist()}")
for writer in ("openpyxl", "xlsxwriter"):
    frame.to_excel("t.xlsx", index=False, engine=writer)
    for reader in ("openpyxl", "calamine"):
        read = pandas.read_excel("t.xlsx", engine=reader)["code"].tolist()
        print(f"{f'by {writer}, read by {reader}':43} {read}")
frame.to_excel("t.xlsx", index=False)
print(f"{'by what pandas chooses, read by calamine':43} {pandas.read_excel('t.xlsx', engine='calamine')['code'].tolist()}")
frame.to_csv("t.csv", index=False)
print(f"{'by CSV':43} {pandas.read_csv('t.csv')['code'].tolist()}")
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
