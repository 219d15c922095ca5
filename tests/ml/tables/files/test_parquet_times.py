"""Times that other programs write into Parquet are read as the times that they are, or refused with their row."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog.exceptions import InvalidData
from catalog.ml.tables.reading import open_table
from catalog.ml.tables.schema import ARROW_TYPES, ColumnType, column_type

TIMES = [datetime.fromisoformat(text) for text in ("9999-12-31", "1600-02-29 23:59:59.000001", "2026-01-31 14:05")]


def read(path: Path, kind: ColumnType) -> list[object]:
    batches = open_table(path, "x.parquet").batches({"at": ARROW_TYPES[kind]})
    return [value for batch in batches for value in batch.column(0).to_pylist()]


def test_times_by_int96_are_those_that_were_written_in_the_year_9999_too(tmp_path: Path) -> None:
    table = pa.table({"at": pa.array(TIMES, pa.timestamp("us"))})
    pq.write_table(table, tmp_path / "x.parquet", use_deprecated_int96_timestamps=True)
    assert column_type(open_table(tmp_path / "x.parquet", "x.parquet").column_types["at"]) is ColumnType.TIMESTAMP
    assert read(tmp_path / "x.parquet", ColumnType.TIMESTAMP) == TIMES


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize(
    ("stored", "kind"),
    [("date", ColumnType.DATE), ("timestamp", ColumnType.TIMESTAMP), ("timestamptz", ColumnType.TIMESTAMP_UTC)],
)
def test_infinite_dates_of_duckdb_are_refused_with_their_row(
    tmp_path: Path, stored: str, kind: ColumnType, sign: str
) -> None:
    values = f"(1, '2026-01-31'::{stored}), (2, '{sign}infinity'::{stored})"
    rows = f'select moment as "at" from (values {values}) t(i, moment) order by i'
    duckdb.sql(f"copy ({rows}) to '{tmp_path}/x.parquet'")
    with pytest.raises(InvalidData, match=r"^x\.parquet: column 'at', row 2 is beyond the years 1 to 9999, as an inf"):
        read(tmp_path / "x.parquet", kind)


def test_a_zone_of_the_writer_is_a_time_in_utc(tmp_path: Path) -> None:
    zoned = pa.array([datetime(2026, 1, 31, 17, 5, tzinfo=UTC)], pa.timestamp("us", "America/Sao_Paulo"))
    pq.write_table(pa.table({"at": zoned}), tmp_path / "x.parquet")
    assert read(tmp_path / "x.parquet", ColumnType.TIMESTAMP_UTC) == [datetime(2026, 1, 31, 17, 5, tzinfo=UTC)]
    with pytest.raises(InvalidData, match="expected a timestamp without a time zone"):
        read(tmp_path / "x.parquet", ColumnType.TIMESTAMP)
