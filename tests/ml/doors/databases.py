"""A random table as a query's rows, of PostgreSQL and of SQLite."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

from psycopg import Connection, sql

from catalog.ml.tables.conversion.casting import SourceType
from catalog.ml.tables.queries.databases import Database, find_database
from catalog.ml.tables.queries.query_reading import read_query, table_query
from tests.ml.doors.frames import json_text
from tests.ml.doors.random_tables import RandomTable

POSTGRES = {
    SourceType.INTEGER: "bigint", SourceType.FLOAT: "double precision", SourceType.DECIMAL: "numeric(38, 2)",
    SourceType.BOOLEAN: "boolean", SourceType.DATE: "date", SourceType.TIMESTAMP: "timestamp",
    SourceType.TIMESTAMP_UTC: "timestamptz", SourceType.TEXT: "text",
}  # fmt: skip


def _fetch(database: Database, folder: Path) -> Path:
    read_query(database, table_query("made"), path := folder / "query.parquet", lambda count: None)
    return path


def rows_of_postgres(connection: Connection[Any], uri: str) -> Callable[[RandomTable, Path], Path]:
    def write(table: RandomTable, folder: Path) -> Path:
        kinds = [sql.SQL(POSTGRES[kind]) for kind in table.types.values()]
        columns = [
            sql.SQL("{} {}").format(*pair) for pair in zip(map(sql.Identifier, table.columns), kinds, strict=True)
        ]
        marks = sql.SQL(", ").join([sql.Placeholder()] * len(columns))
        connection.execute("drop table if exists made")
        connection.execute(sql.SQL("create table made ({})").format(sql.SQL(", ").join(columns)))
        with connection.cursor() as cursor:
            rows = [list(row.values()) for row in table.rows]
            cursor.executemany(sql.SQL("insert into made values ({})").format(marks), rows)
        return _fetch(find_database(uri, str), folder)

    return write


def rows_of_sqlite(table: RandomTable, folder: Path) -> Path:
    """Which has no dates and no booleans: they are texts, and 0 and 1."""
    path = folder / "made.sqlite3"
    columns = ", ".join('"{}"'.format(name.replace('"', '""')) for name in table.columns)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("drop table if exists made")
        database.execute(f"create table made ({columns})")
        marks = ", ".join("?" * len(table.columns))
        rows = [[_plain(cell) for cell in row.values()] for row in table.rows]
        database.executemany(f"insert into made values ({marks})", rows)
    return _fetch(find_database(f"sqlite:///{path}", str), folder)


def _plain(cell: Any) -> Any:
    return float(cell) if isinstance(cell, Decimal) else json_text(cell)
