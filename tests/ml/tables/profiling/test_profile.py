import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from catalog.exceptions import InvalidData
from catalog.ml.tables.conversion.cell_errors import Origin, check_no_nul
from catalog.ml.tables.profiling.column_profile import ALL_VALUES, COUNTED_VALUES, TOP_VALUES, ColumnProfile
from catalog.ml.tables.profiling.description import describe_csv
from catalog.ml.tables.profiling.profile import profile_table
from catalog.ml.tables.profiling.row_sample import RowSample
from catalog.ml.tables.profiling.statistics import DistinctSketch, ValueCounts
from catalog.ml.tables.reading import open_table
from catalog.ml.tables.schema import ColumnType
from tests.factories import flights
from tests.ml.conftest import OpenCsv

NUMBERS = ["dep_delay", "arr_delay", "distance", "air_time", "hour"]
ROWS = 20_000


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """By column, of 20,000 flights as CSV."""
    path = tmp_path_factory.mktemp("flights") / "flights.csv"
    flights(ROWS).to_csv(path, index=False)
    table = open_table(path, "flights.csv")
    return {column["name"]: column for column in profile_table(table, describe_csv(table).types)[2]}


@pytest.mark.parametrize("name", NUMBERS)
def test_counts_range_and_mean_of_numbers_are_exact(profile: dict[str, Any], name: str) -> None:
    column, values = profile[name], flights(ROWS)[name]
    assert (column["count"], column["nulls"]) == (ROWS, values.isna().sum())
    assert (column["min"], column["max"]) == (values.min(), values.max())
    assert column["mean"] == pytest.approx(values.mean(), rel=1e-12)


@pytest.mark.parametrize("name", [*NUMBERS, "carrier", "origin", "dest", "month"])
def test_distinct_values_are_counted_exactly_where_they_are_few(profile: dict[str, Any], name: str) -> None:
    assert profile[name]["distinct_is_exact"]
    assert profile[name]["distinct"] == flights(ROWS)[name].nunique()


@pytest.mark.parametrize("name", ["tailnum", "time_hour"])
def test_distinct_values_are_estimated_within_15_percent_where_they_are_many(
    profile: dict[str, Any], name: str
) -> None:
    expected = flights(ROWS)[name].nunique()
    assert expected > COUNTED_VALUES
    assert not profile[name]["distinct_is_exact"]
    assert profile[name]["distinct"] == pytest.approx(expected, rel=0.15)


@pytest.mark.parametrize("name", ["carrier", "origin", "hour", "dest"])
def test_the_most_frequent_values_are_counted_exactly(profile: dict[str, Any], name: str) -> None:
    expected = sorted(flights(ROWS)[name].value_counts().items(), key=lambda item: (-item[1], str(item[0])))
    shown = expected if len(expected) <= ALL_VALUES else expected[:TOP_VALUES]
    assert [(top["value"], top["count"]) for top in profile[name]["top"]] == shown


def test_no_more_values_are_estimated_than_there_are_rows(tmp_path: Path) -> None:
    """Of eight columns of distinct values about half of the estimates are above the truth."""
    count = COUNTED_VALUES + 500
    pd.DataFrame({f"c{at}": [f"{at}n{row}" for row in range(count)] for at in range(8)}).to_csv(tmp_path / "many.csv")
    table = open_table(tmp_path / "many.csv", "many.csv")
    columns = profile_table(table, describe_csv(table).types).profile
    assert {column["distinct"] for column in columns if column["distinct"] > count} == set()


def test_times_have_a_histogram_with_dates_for_edges(profile: dict[str, Any]) -> None:
    column, times = profile["time_hour"], pd.to_datetime(flights(ROWS)["time_hour"])
    assert sum(column["histogram"]["counts"]) == ROWS
    edges = [pd.Timestamp(edge) for edge in column["histogram"]["edges"]]
    assert (edges[0], edges[-1]) == (times.min().tz_localize(None), times.max().tz_localize(None))
    expected, _ = np.histogram(times.astype("int64"), bins=20)
    assert column["histogram"]["counts"] == pytest.approx(expected.tolist(), abs=3)
    middle = pd.Timestamp(column["quantiles"]["0.5"]) - times.quantile(0.5).tz_localize(None)
    assert abs(middle) <= pd.Timedelta("1h")


@pytest.mark.parametrize("name", NUMBERS)
def test_the_histogram_holds_every_value_of_a_small_table(profile: dict[str, Any], name: str) -> None:
    histogram, values = profile[name]["histogram"], flights(ROWS)[name].dropna()
    assert sum(histogram["counts"]) == len(values)
    assert (histogram["edges"][0], histogram["edges"][-1]) == (values.min(), values.max())
    assert len(histogram["edges"]) == len(histogram["counts"]) + 1


@pytest.mark.parametrize("name", NUMBERS)
def test_quantiles_of_a_small_table_are_those_of_pandas(profile: dict[str, Any], name: str) -> None:
    values = flights(ROWS)[name]
    assert profile[name]["quantiles"] == {
        str(q): values.quantile(float(q)) for q in (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
    }


def test_time_stamps_have_a_range_as_iso_text(profile: dict[str, Any]) -> None:
    times = pd.to_datetime(flights(ROWS)["time_hour"])
    assert (profile["time_hour"]["min"], profile["time_hour"]["max"]) == (
        times.min().isoformat(),
        times.max().isoformat(),
    )


def test_texts_have_no_range_and_no_histogram(profile: dict[str, Any]) -> None:
    assert (profile["carrier"]["min"], profile["carrier"]["mean"]) == (None, None)
    assert "histogram" not in profile["carrier"]


AWKWARD = {
    "infinities and NaN": pa.array([math.inf, -math.inf, math.nan, 1.0, None]),
    "NaN alone": pa.array([math.nan, math.nan]),
    "infinities alone": pa.array([math.inf, -math.inf]),
    "the largest numbers": pa.array([1.7e308, -1.7e308, 1.7e308]),
    "the smallest numbers": pa.array([5e-324, 0.0, -0.0]),
    "one number": pa.array([3.5]),
    "nulls": pa.nulls(3, pa.float64()),
    "the largest integers": pa.array([2**63 - 1, -(2**63)]),
    "integers past doubles": pa.array([2**64 - 1], pa.uint64()),
    "a constant past 2**53": pa.array([20_130_101_123_456_789] * 3),
    "neighbours past 2**53": pa.array([1e18, 1e18 + 128]),
    "dates": pa.array([0, -700_000, None], pa.date32()),
    "booleans": pa.array([True, None, False]),
    "long text": pa.array(["x" * 100_000, "\ud7ff", ""]),
}


@pytest.mark.parametrize("case", AWKWARD)
def test_a_profile_is_json_without_nan(open_parquet: Any, case: str) -> None:
    from catalog.ml.tables.schema import column_type

    table = open_parquet(pa.table({"a": AWKWARD[case]}))
    columns, rows, [profile], *_ = profile_table(table, {"a": column_type(table.column_types["a"])})
    text = json.dumps(profile, allow_nan=False)
    assert (rows, len(text) < 10_000) == (len(AWKWARD[case]), True)
    assert columns[0].nulls == profile["nulls"]


def test_infinities_leave_the_mean_to_the_finite(open_parquet: Any) -> None:
    table = open_parquet(pa.table({"a": [math.inf, 1.0, 3.0]}))
    profile = profile_table(table, {"a": ColumnType.NUMBER})[2][0]
    assert (profile["mean"], profile["max"], profile["min"]) == (2.0, None, 1.0)
    assert sum(profile["histogram"]["counts"]) == 2


def test_an_unsupported_column_is_in_the_schema_and_not_in_the_profile(open_parquet: Any) -> None:
    table = open_parquet(pa.table({"a": [[1], [2]], "b": [1, 2]}))
    columns, _, profiles, *_ = profile_table(table, {"a": ColumnType.UNSUPPORTED, "b": ColumnType.INTEGER})
    assert [column.type for column in columns] == ["unsupported", "integer"]
    assert [profile["name"] for profile in profiles] == ["b"]


@pytest.mark.parametrize(
    "cells",
    [
        (" 1 ", "2"),
        (" 1.5 ", "2"),
        (" true ", "false"),
        (" 2013-01-01 ", "2013-01-02"),
        (" 2013-01-01 10:00:00 ", "2013-01-02 11:00:00"),
        (" 2013-01-01T10:00:00Z ", "2013-01-02T11:00:00Z"),
    ],
)
def test_the_inferred_type_of_cells_with_spaces_around_them_can_be_read(
    open_csv: OpenCsv, cells: tuple[str, str]
) -> None:
    table = open_csv("a,b\n" + "".join(f"{cell},x\n" for cell in cells))
    assert profile_table(table, describe_csv(table).types)[2][0]["distinct"] == 2


def test_a_cell_that_is_not_of_its_type_is_refused(open_csv: OpenCsv) -> None:
    with pytest.raises(InvalidData, match=r"^data.csv: column 'a', row 2: 'x' is not a number.$"):
        profile_table(open_csv("a,b\n1,2\nx,2\n"), {"a": ColumnType.NUMBER, "b": ColumnType.NUMBER})


@pytest.mark.parametrize("batch_rows", [7, 100, 1000])
def test_a_row_sample_never_exceeds_its_rows(batch_rows: int) -> None:
    sample = RowSample(100)
    for start in range(0, 5000, batch_rows):
        sample.add(pa.record_batch({"a": np.arange(start, start + batch_rows)}))
        assert sample.table is not None
        assert sample.table.num_rows == min(100, start + batch_rows)


def test_a_row_sample_is_the_same_whenever_it_is_asked_for() -> None:
    at_the_end, each_time = RowSample(100), RowSample(100)
    for start in range(0, 5000, 60):
        batch = pa.record_batch({"a": np.arange(start, start + 60)})
        at_the_end.add(batch)
        each_time.add(batch)
        assert each_time.table is not None
    assert at_the_end.table == each_time.table
    assert each_time.table.column("a").to_pylist() == sorted(each_time.table.column("a").to_pylist())


def test_a_row_sample_is_uniform_over_the_table() -> None:
    sample = RowSample(2000)
    for start in range(0, 100_000, 1000):
        sample.add(pa.record_batch({"a": np.arange(start, start + 1000)}))
    assert sample.table is not None
    assert np.mean(sample.table.column("a").to_numpy()) == pytest.approx(50_000, rel=0.05)


def test_a_row_sample_keeps_rows_whole() -> None:
    sample = RowSample(10)
    for start in range(0, 1000, 50):
        values = np.arange(start, start + 50)
        sample.add(pa.record_batch({"a": values, "b": -values}))
    assert sample.table is not None
    assert sample.table.column("a").to_pylist() == [-value for value in sample.table.column("b").to_pylist()]


def test_a_value_seen_before_there_were_too_many_is_counted_on() -> None:
    names = [f"value {number}" for number in range(COUNTED_VALUES)]
    column = ColumnProfile("a", ColumnType.STRING)
    column.add(ValueCounts(pa.array([*names, "hot"]), np.array([1] * len(names) + [100]), 0))
    column.add(ValueCounts(pa.array(["new", "hot"]), np.array([5, 7]), 2))
    found = column.as_json(None)
    assert found["top"][0] == {"value": "hot", "count": 107}
    assert (found["count"], found["nulls"]) == (COUNTED_VALUES + 114, 2)


def test_a_nul_is_told_with_its_row_in_the_table() -> None:
    values = pa.array(["a", "b", "c\0"])
    with pytest.raises(InvalidData, match=r"^d.csv: column 'a', row 13 holds a NUL. Remove it.$"):
        check_no_nul(values, values.unique(), Origin("d.csv", "a", 10))


@pytest.mark.parametrize("distinct", [500, 20_000, 300_000])
def test_the_sketch_estimates_within_15_percent(distinct: int) -> None:
    sketch = DistinctSketch()
    for start in range(0, distinct, 50_000):
        sketch.add(pa.array([f"N{value}" for value in range(start, min(start + 50_000, distinct))]))
        sketch.add(pa.array([f"N{value}" for value in range(start, min(start + 50_000, distinct), 3)]))
    assert sketch.estimate == pytest.approx(distinct, rel=0.15)


def test_the_same_table_gives_the_same_profile(tmp_path: Path, open_parquet: Any) -> None:
    table = open_parquet(flights(5000)[NUMBERS])
    types = dict.fromkeys(NUMBERS, ColumnType.NUMBER)
    assert profile_table(table, types) == profile_table(table, types)
