"""The rows of a query as a Parquet file, in one read-only snapshot and in memory that does not grow with the rows."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq

from catalog.exceptions import CatalogError, InvalidData, InvalidRequest
from catalog.ml.tables.prefetch import prefetch
from catalog.ml.tables.queries.databases import SQLITE, Database, not_an_address
from catalog.ml.tables.queries.query_types import source_type, store, stored_type

DRIVERS = ("adbc_driver_manager", "adbc_driver_postgresql", "adbc_driver_sqlite")
NO_DRIVERS = "The packages for queries are not installed: pip install --require-hashes -r requirements-sql.txt"
SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
# The driver finds a column's type in the first batch.
SQLITE_BATCH = {"adbc.sqlite.query.batch_rows": 65_536}


@dataclass(frozen=True)
class Lineage:
    """Where the rows came from: `server` is its name and version, `snapshot_at` the time of the snapshot in UTC."""

    query: str
    server: str
    snapshot_at: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class QueryResult:
    """`notes` is what people should hear of how the rows were read, one line each."""

    lineage: Lineage
    notes: tuple[str, ...]


def table_query(table: str) -> str:
    """The query for all rows of `table`, written as name or schema.name."""
    names = ['"' + part.replace('"', '""') + '"' for part in table.split(".")]
    return f"select * from {'.'.join(names)}"  # noqa: S608 - quoted, in a read-only transaction of their own


def read_query(database: Database, query: str, target: Path, on_bytes: Callable[[int], Any]) -> QueryResult:
    """Write the rows to the Parquet file `target`. Raises InvalidData, InvalidRequest."""
    query = query.strip().rstrip(";").rstrip()
    if not query:
        raise InvalidRequest("`query` is empty.")
    _check_drivers()
    with _errors(database), _open(database) as connection, connection.cursor() as cursor:
        if database.is_sqlite:
            server, now, units = _begin_sqlite(cursor)
            rows = f"select * from (\n{query}\n)"  # noqa: S608 - their own query: two statements are no one
        else:
            server, now, units = _begin_postgres(cursor)
            rows = f"{query}\n"  # the driver puts it into parentheses, where a comment must end
            _check_columns(cursor.adbc_execute_schema(query))
        cursor.execute(rows)
        with closing(cursor.fetch_record_batch()) as reader:
            fields = _write(reader, target, units, on_bytes)
    padded = [field.name for field in fields if source_type(field) == "bpchar"]
    notes = (f"Took the blanks at the end from what is char(n): {', '.join(padded)}.",) if padded else ()
    return QueryResult(Lineage(query, server, now.isoformat()), notes)


def _check_drivers() -> None:
    """Raises InvalidRequest where a package that speaks to databases is not installed."""
    if not all(find_spec(package) for package in DRIVERS):
        raise InvalidRequest(NO_DRIVERS)


@contextmanager
def _open(database: Database) -> Iterator[Any]:
    from adbc_driver_postgresql import dbapi as postgresql
    from adbc_driver_sqlite import dbapi as sqlite

    if database.is_sqlite:
        address = f"file:{quote(database.uri.removeprefix(SQLITE))}?mode=ro"
        connection = sqlite.connect(address)
    else:
        connection = postgresql.connect(database.uri)
    with closing(connection):
        yield connection


@contextmanager
def _errors(database: Database) -> Iterator[None]:
    """The driver's errors in one line, without the password; not chained, as the cause may repeat it."""
    from adbc_driver_manager import Error

    try:
        yield
    except (Error, pa.ArrowException) as error:
        message = database.without_password(_message(str(error)))
        problem = not_an_address() if "URI" in message else InvalidData(f"{database.shown}: {message}.")
    except CatalogError:
        raise
    else:
        return
    raise problem


def _message(text: str) -> str:
    """What the server says, without the driver's words around it and the query."""
    line = text.partition("ERROR:")[2] or text.partition("FATAL:")[2] or text
    first = line.strip().splitlines()[0] if line.strip() else "it failed and did not say why"
    return first.removeprefix("IO: ").removeprefix("INVALID_ARGUMENT: ").strip().rstrip(".:")[:300]


def _begin_postgres(cursor: Any) -> tuple[str, dt.datetime, int]:
    """The server, the time of the snapshot, and how many units of money make one."""
    cursor.execute(SNAPSHOT)
    cursor.execute("select current_setting('server_version'), now(), 1::money")
    version, now, units = cursor.fetchone()
    return f"PostgreSQL {version.split()[0]}", now.astimezone(dt.UTC), int(units)


def _begin_sqlite(cursor: Any) -> tuple[str, dt.datetime, int]:
    cursor.adbc_statement.set_options(**SQLITE_BATCH)
    cursor.execute("select sqlite_version()")
    return f"SQLite {cursor.fetchone()[0]}", dt.datetime.now(dt.UTC), 1


def _check_columns(schema: pa.Schema) -> pa.Schema:
    """The schema in Parquet, known before a row is read. Raises InvalidData."""
    if not schema.names:
        raise InvalidData("The statement gives no rows. Write a query that begins with select.")
    if "" in schema.names or "?column?" in schema.names:
        raise InvalidData("A column has no name. Name it: select … as name.")
    for name in schema.names:
        if schema.names.count(name) > 1:
            raise InvalidData(f"Two columns are named {name!r}. Name one of them otherwise: select … as name.")
    return pa.schema([(field.name, stored_type(field)) for field in schema])


def _write(reader: pa.RecordBatchReader, target: Path, units: int, on_bytes: Callable[[int], Any]) -> list[pa.Field]:
    fields, schema = list(reader.schema), _check_columns(reader.schema)
    with pq.ParquetWriter(target, schema) as writer, closing(prefetch(iter(reader))) as batches:
        for batch in batches:
            columns = [_stored(values, field, units) for values, field in zip(batch.columns, fields, strict=True)]
            writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
            on_bytes(batch.nbytes)
    return fields


def _stored(values: pa.Array, field: pa.Field, units: int) -> pa.Array:
    try:
        return store(values, field, units)
    except pa.ArrowException as error:
        raise InvalidData(f"Column {field.name!r} can't be read: {str(error).splitlines()[0][:200]}.") from error
