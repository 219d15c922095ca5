from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog.exceptions import InvalidData
from catalog.ml.tables.reading import open_table
from catalog.ml.tables.row_groups import MAGIC_BYTES, adjacent_row_groups, footer_start


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """1,000 rows in ten row groups."""
    table = pa.table({"n": list(range(1000)), "text": [f"{number % 7}-{'x' * 50}" for number in range(1000)]})
    pq.write_table(table, tmp_path / "data.parquet", row_group_size=100)
    return tmp_path / "data.parquet"


@pytest.mark.parametrize(("target_bytes", "parts"), [(1, 10), (10**9, 1)])
def test_the_parts_hold_all_row_groups_once_in_their_order(path: Path, target_bytes: int, parts: int) -> None:
    found = list(adjacent_row_groups(path, "data", target_bytes))
    assert [number for each in found for number in each.numbers] == list(range(10))
    assert (len(found), sum(each.rows for each in found)) == (parts, 1000)


def test_parts_are_about_as_large_as_asked_for(path: Path) -> None:
    whole = next(adjacent_row_groups(path, "data", 10**9))
    found = list(adjacent_row_groups(path, "data", (whole.end_byte - whole.first_byte) // 3))
    assert 2 <= len(found) <= 4


def test_a_part_is_read_from_its_own_bytes_and_the_footer_alone(path: Path, tmp_path: Path) -> None:
    content, part = path.read_bytes(), list(adjacent_row_groups(path, "data", 1))[4]
    footer = footer_start(path, len(content), "data")
    holes = bytearray(len(content))
    for first, end in ((0, MAGIC_BYTES), (part.first_byte, part.end_byte), (footer, len(content))):
        holes[first:end] = content[first:end]
    (tmp_path / "holes.parquet").write_bytes(holes)
    table = open_table(tmp_path / "holes.parquet", "holes.parquet", row_groups=part.numbers)
    rows = pa.Table.from_batches(list(table.batches({"n": pa.int64(), "text": pa.string()})))
    assert rows.column("n").to_pylist() == list(range(400, 500))


def test_a_file_that_was_cut_off_is_no_parquet_file(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(InvalidData, match=r"data\.parquet is no whole Parquet file"):
        footer_start(path, path.stat().st_size, "data.parquet")
