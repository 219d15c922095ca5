"""Adding a file as offices write it (; between columns, decimal commas, cp1252), against the same table as plain CSV.

.venv/bin/python -m benchmarks.dialects [--rounds 3] [--rows 5000000]
"""

import argparse
import subprocess
import sys
from pathlib import Path

from benchmarks.catalog_on_s3 import catalog_on_s3, data_folder
from benchmarks.measuring import Measured, Run, in_turn, peaks, ratios, report

PLAIN, OFFICE = "plain CSV", "as offices write it"
ROWS = 5_000_000  # 340 MB
CITIES = ("São Paulo", "Belém", "Goiânia", "Rio", "Curitiba", "Maceió", "Brasília", "Recife")


def table_files(folder: Path, rows: int) -> dict[str, Path]:
    """The same rows in both ways, made in a process of its own, so that whoever measures stays small."""
    subprocess.run([sys.executable, "-m", "benchmarks.dialects", "--write", folder, "--rows", str(rows)], check=True)
    return {PLAIN: folder / "plain.csv", OFFICE: folder / "office.csv"}


def write(folder: Path, rows: int) -> None:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.csv

    random, left = np.random.default_rng(0), rows
    with (folder / "plain.csv").open("wb") as plain, (folder / "office.csv").open("wb") as office:
        for path, mark in ((plain, ","), (office, ";")):
            path.write(mark.join(["cidade", "data", "qtd", "valor", "taxa", "peso", "nota"]).encode() + b"\n")
        while left:
            count = min(left, 200_000)
            days = np.datetime64("2020-01-01") + random.integers(0, 2_000, count)
            numbers = [
                pa.array(random.normal(500, 100, count).round(digits)).cast(pa.string()) for digits in (2, 4, 3, 1)
            ]
            first = [
                pa.array(random.choice(CITIES, count)),
                pa.array(days).cast(pa.date32()).cast(pa.string()),
                pa.array(random.integers(0, 5_000, count)).cast(pa.string()),
            ]
            commas = [pc.replace_substring(values, ".", ",") for values in numbers]
            for file, columns, mark, encoding in ((plain, numbers, ",", "utf-8"), (office, commas, ";", "cp1252")):
                lines = pc.binary_join_element_wise(*first, *columns, mark)
                file.write(("\n".join(lines.to_pylist()) + "\n").encode(encoding))
            left -= count


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--write", type=Path)
    asked = parser.parse_args()
    if asked.write:
        write(asked.write, asked.rows)
        return
    with data_folder() as folder, catalog_on_s3() as catalog:
        files, names = table_files(folder, asked.rows), iter(range(2 * asked.rounds))

        def add(kind: str) -> Run:
            """Each time another dataset: the same bytes would be no new version."""
            return catalog.manage("add_dataset", f"rows-{next(names)}", files[kind], "--json")

        runs = in_turn({PLAIN: lambda: add(PLAIN), OFFICE: lambda: add(OFFICE)}, asked.rounds)
    work = f"add_dataset, ; decimal comma cp1252, {asked.rows:,} rows"
    figures = [
        Measured(work, "time / plain CSV", ratios(runs, OFFICE, PLAIN), 1.3),
        Measured(work, "peak MB", peaks(runs, OFFICE), 400),
    ]
    report("dialects", runs, figures)


if __name__ == "__main__":
    main()
