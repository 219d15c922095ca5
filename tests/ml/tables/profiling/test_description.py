"""One pass over a CSV file tells what two passes tell: the types, and then the profile with these types."""

import pytest

from catalog.exceptions import InvalidData
from catalog.ml.tables.files.csv_reading import BLOCK_BYTES
from catalog.ml.tables.profiling.description import describe_csv
from catalog.ml.tables.profiling.profile import profile_table
from catalog.ml.tables.schema import ColumnType
from tests.factories import breast_cancer, flights
from tests.ml.conftest import OpenCsv

MANY = 2 * BLOCK_BYTES // 9
TABLES = {
    "flights": lambda: flights(60_000).to_csv(index=False),
    "tumours": lambda: breast_cancer().to_csv(index=False),
    "all kinds": lambda: (
        "i,n,b,d,t,z,s,e\n"
        + " 1, 2.5,true,2013-01-01,2013-01-01 10:00:00,2013-01-01T10:00:00Z,007,\n" * 3
        + "NA,-inf,FALSE,,NULL,2013-01-01T12:00:00+02:00,,\n"
    ),
    "a number in two ways": lambda: "a,b\n" + "0.1,x\n0.10,x\n0.3,x\n1e-1,x\n" * 777,
    "two blocks": lambda: "a,b\n" + "".join(f"{row},x\n" for row in range(100_000, 100_000 + MANY)),
}


@pytest.mark.parametrize("name", TABLES)
def test_one_pass_tells_what_two_tell(open_csv: OpenCsv, name: str) -> None:
    table = open_csv(TABLES[name]())
    one = describe_csv(table)
    two = profile_table(table, one.types)
    assert one.table is not None
    assert one.table._replace(emptied={}) == two._replace(emptied={})
    assert {name: one.emptied[name] for name in two.emptied} == two.emptied


@pytest.mark.parametrize(
    ("last", "expected"), [("2.5", ColumnType.NUMBER), ("far", ColumnType.STRING), ("007", ColumnType.STRING)]
)
def test_a_wider_type_below_the_first_rows_takes_another_pass(
    open_csv: OpenCsv, last: str, expected: ColumnType
) -> None:
    rows = "".join(f"{row},x\n" for row in range(100_000, 100_000 + 6 * MANY))
    described = describe_csv(open_csv(f"a,b\n{rows}{last},x\n"))
    assert (described.types["a"], described.table) == (expected, None)


def test_values_that_begin_late_take_another_pass(open_csv: OpenCsv) -> None:
    described = describe_csv(open_csv("a,b\n" + ",xxxxxx\n" * 6 * MANY + "3,x\n"))
    assert (described.types["a"], described.table) == (ColumnType.INTEGER, None)


def test_a_column_without_a_value_is_text(open_csv: OpenCsv) -> None:
    described = describe_csv(open_csv("a,b\n,1\n,2\n"))
    assert described.types == {"a": ColumnType.STRING, "b": ColumnType.INTEGER}
    assert described.table is not None
    assert [column.nulls for column in described.table.columns] == [2, 0]


def test_a_nul_is_found_with_its_row(open_csv: OpenCsv) -> None:
    with pytest.raises(InvalidData, match="column 'a', row 2 holds a NUL"):
        describe_csv(open_csv("a,b\nx,1\ny\0,2\n"))


def test_a_header_alone_has_no_profile(open_csv: OpenCsv) -> None:
    described = describe_csv(open_csv("a,b\n"))
    assert (described.types, described.table) == ({"a": ColumnType.STRING, "b": ColumnType.STRING}, None)
