"""Adding a CSV file of 2 GB, against reading, hashing and uploading it plainly.

.venv/bin/python -m benchmarks.add_dataset [--rounds 2]
"""

from benchmarks.catalog_on_s3 import catalog_on_s3, data_folder
from benchmarks.flights import ROWS, flights_file
from benchmarks.measuring import Measured, Run, asked_rounds, in_turn, peaks, ratios, report

OURS, PLAINLY = "ours", "plainly"
FILE_ROWS = 65 * ROWS  # 2.01 GB


def main() -> None:
    rounds = asked_rounds(2)
    with data_folder() as folder, catalog_on_s3() as catalog:
        table = flights_file(folder, FILE_ROWS)
        names = iter(range(rounds))

        def ours() -> Run:
            """Each time another dataset: the same bytes would be no new version."""
            return catalog.manage("add_dataset", f"flights-{next(names)}", table, "--json")

        plainly = ("benchmarks.programs.transfer", "hash-and-upload", table, "s3://public/plain.csv")
        runs = in_turn({PLAINLY: lambda: catalog.program(*plainly), OURS: ours}, rounds)
    work = "add_dataset, 2 GB CSV"
    figures = [
        Measured(work, "time / plainly", ratios(runs, OURS, PLAINLY), 2),
        Measured(work, "peak MB", peaks(runs, OURS), 400),
    ]
    report("add_dataset", runs, figures)


if __name__ == "__main__":
    main()
