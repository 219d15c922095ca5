"""Adding the million rows of a query of PostgreSQL, against pandas.read_sql and to_parquet by hand.

.venv/bin/python -m benchmarks.query [--rounds 3]
"""

from pathlib import Path

from benchmarks.catalog_on_s3 import catalog_on_s3, data_folder
from benchmarks.flights import flights_file
from benchmarks.measuring import PYTHON, Measured, Run, asked_rounds, in_turn, peaks, ratios, report, run
from tests.servers.postgres import Postgres, postgres

OURS, BY_HAND = "ours", "by hand"
ROWS = 1_000_000
COLUMNS = {
    "carrier": "text", "origin": "text", "dest": "text", "tailnum": "text", "flight": "integer", "distance": "integer",
    "dep_time": "double precision", "air_time": "double precision", "arr_delay": "double precision",
    "time_hour": "timestamptz",
}  # fmt: skip
QUERY = f"select {', '.join(COLUMNS)} from flights"


def fill(server: Postgres, folder: Path) -> None:
    """The flights as a table of PostgreSQL's."""
    path = flights_file(folder, ROWS)
    with path.open("rb") as file, server.connect("flights") as connection, connection.cursor() as cursor:
        names = file.readline().decode().replace('"', "").strip().split(",")
        columns = ", ".join(f"{name} {COLUMNS.get(name, 'text')}" for name in names)
        cursor.execute(f"create table flights ({columns})".encode())
        with cursor.copy("copy flights from stdin (format csv)") as copy:
            while chunk := file.read(1024 * 1024):
                copy.write(chunk)
        cursor.execute("analyze flights")


def main() -> None:
    rounds = asked_rounds(3)
    with data_folder() as folder, catalog_on_s3() as catalog, postgres() as server:
        address = server.database_url("flights").replace("postgres://", "postgresql://")
        fill(server, folder)
        names = iter(range(rounds))

        def ours() -> Run:
            return catalog.manage("add_dataset", f"query-{next(names)}", address, "--query", QUERY, "--json")

        target = catalog.folder / "by-hand.parquet"
        by_hand = (PYTHON, "-m", "benchmarks.programs.query_by_hand", address, QUERY, target)
        runs = in_turn({BY_HAND: lambda: run(*by_hand, env=catalog.environment), OURS: ours}, rounds)
    work = "add_dataset, a query of 1M rows and 10 columns"
    figures = [
        Measured(work, "time / read_sql and to_parquet", ratios(runs, OURS, BY_HAND), 0.5),
        Measured(work, "peak MB", peaks(runs, OURS), 400),
    ]
    report("query", runs, figures)


if __name__ == "__main__":
    main()
