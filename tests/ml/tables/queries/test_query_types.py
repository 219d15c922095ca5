"""Every type of PostgreSQL is read as what it is, or refused with the name of its column."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from catalog.exceptions import InvalidData
from catalog.ml.tables.queries.databases import Database, find_database
from catalog.ml.tables.queries.query_reading import read_query, table_query
from tests.servers.postgres import Postgres, postgres

DAY, TIME = dt.date(2026, 1, 31), dt.datetime(2026, 1, 31, 10, 0)  # noqa: DTZ001 - without a zone on purpose
# type, a value as it is written, and what is read
READ = [
    ("smallint", "1", 1),
    ("integer", "-1", -1),
    ("bigint", "9007199254740993", 9007199254740993),
    ("oid", "4294967295", 4294967295),
    ("real", "1.5", 1.5),
    ("double precision", "0.1", 0.1),
    ("numeric", "1250.28", 1250.28),
    ("numeric(12,2)", "0.07", 0.07),
    ("numeric(18,0)", "900719925474099301", 900719925474099301),
    ("numeric", "Infinity", float("inf")),
    ("numeric", "-Infinity", float("-inf")),
    ("money", "-12.34", -12.34),
    ("boolean", "true", True),
    ("text", " x ", " x "),
    ("varchar(9)", "x ", "x "),
    ("char(5)", "ab", "ab"),
    ("name", "x", "x"),
    ("mood", "ok", "ok"),
    ("positive", "5", 5),
    ("uuid", "00000000-0000-0000-0000-0000000000ff", "00000000-0000-0000-0000-0000000000ff"),
    ("json", '{"a": 1}', '{"a": 1}'),
    ("jsonb", '{"a": 1}', '{"a": 1}'),
    ("date", "2026-01-31", DAY),
    ("date", "9999-12-31", dt.date(9999, 12, 31)),
    ("timestamp", "2026-01-31 10:00", TIME),
    ("timestamptz", "2026-01-31 12:00+02", TIME.replace(tzinfo=dt.UTC)),
    ("time", "10:00", dt.time(10)),
]
REFUSED = [
    ("integer[]", "{{1,2},{3,4}}"),
    ("integer[]", "{1,2}"),
    ("pair", "(1,x)"),
    ("date", "infinity"),
    ("date", "0044-03-15 BC"),
    ("timestamp", "-infinity"),
    ("timestamptz", "infinity"),
    ("interval", "1 day"),
    ("timetz", "10:00+02"),
    ("bytea", r"\x01"),
    ("inet", "1.2.3.4"),
    ("macaddr", "08:00:2b:01:02:03"),
    ("bit(3)", "101"),
    ("point", "(1,2)"),
    ("int4range", "[1,3)"),
    ("xml", "<a/>"),
    ("tsvector", "a b"),
]


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres() as running:
        yield running


@pytest.fixture(scope="module")
def database(server: Postgres) -> Database:
    url = server.database_url("types")
    with server.connect("types") as connection:
        connection.execute("create type mood as enum ('sad', 'ok')")
        connection.execute("create type pair as (a integer, b text)")
        connection.execute("create domain positive as integer check (value > 0)")
        connection.execute("create schema other")
        connection.execute('create table other."Odd name" (a integer)')
        connection.execute('insert into other."Odd name" values (7)')
    return find_database(url, str)


def read(database: Database, query: str, folder: Path) -> dict[str, list[object]]:
    read_query(database, query, folder / "a.parquet", lambda count: None)
    values: dict[str, list[object]] = pq.read_table(folder / "a.parquet").to_pydict()
    return values


@pytest.mark.parametrize(("kind", "written", "value"), READ)
def test_a_value_is_read_as_what_it_is(
    database: Database, tmp_path: Path, kind: str, written: str, value: object
) -> None:
    assert read(database, f"select '{written}'::{kind} as c", tmp_path) == {"c": [value]}
    assert read(database, f"select null::{kind} as c", tmp_path) == {"c": [None]}


@pytest.mark.parametrize(("kind", "written"), REFUSED)
def test_what_would_be_read_wrongly_is_refused_by_name(
    database: Database, tmp_path: Path, kind: str, written: str
) -> None:
    with pytest.raises(InvalidData, match=r"[Cc]olumn 'c'") as caught:
        read(database, f"select '{written}'::{kind} as c", tmp_path)
    assert "\n" not in str(caught.value)


def test_rows_without_a_type_of_their_own_are_refused_by_name(database: Database, tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match="Column 'c' is a composite value"):
        read(database, "select row(1, 2) as c", tmp_path)


def test_averages_and_sums_are_numbers(database: Database, tmp_path: Path) -> None:
    query = "select avg(x) as a, sum(x) as s, 'NaN'::numeric as n from (values (1::bigint), (2)) as v(x)"
    values = read(database, query, tmp_path)
    assert (values["a"], values["s"], str(values["n"])) == ([1.5], [3.0], "[nan]")


def test_a_table_is_read_whatever_it_is_called(database: Database, tmp_path: Path) -> None:
    assert read(database, table_query("other.Odd name"), tmp_path) == {"a": [7]}


def test_blanks_at_the_end_of_char_are_said(database: Database, tmp_path: Path) -> None:
    result = read_query(database, "select 'x'::char(3) as code", tmp_path / "a.parquet", lambda count: None)
    assert result.notes == ("Took the blanks at the end from what is char(n): code.",)


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("selec 1", 'syntax error at or near "selec"'),
        ("select * from nope", 'relation "nope" does not exist'),
        ("select 1 as a; select 2 as b", "cannot insert multiple commands"),
        ("create table t (a integer)", "Write a query that begins with select"),
        ('insert into other."Odd name" values (8) returning a', "read-only|syntax error"),
        ("select 1, 2", "A column has no name"),
        ("select 1 as a, 2 as a", "Two columns are named 'a'"),
        ("select 1/0 as a", "division by zero"),
    ],
)
def test_a_query_that_can_not_be_read_is_one_line(
    database: Database, server: Postgres, tmp_path: Path, query: str, problem: str
) -> None:
    with pytest.raises(InvalidData, match=problem) as caught:
        read(database, query, tmp_path)
    assert "\n" not in str(caught.value)
    with server.connect("types") as connection:
        assert connection.execute('select a from other."Odd name"').fetchall() == [(7,)]


def test_nothing_can_be_written_through_a_query(database: Database, server: Postgres, tmp_path: Path) -> None:
    with server.connect("types") as connection:
        connection.execute(
            "create or replace function sly() returns integer language sql as "
            "'insert into other.\"Odd name\" values (9) returning a'"
        )
    with pytest.raises(InvalidData, match="read-only transaction"):
        read(database, "select sly() as a", tmp_path)
