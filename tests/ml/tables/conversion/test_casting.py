"""The table of source type × learned type: each cell converts exactly or refuses, and none is untested."""

import struct
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.exceptions import InvalidData
from catalog.ml.tables.conversion.casting import CASTS, CATEGORY_TYPE, SourceType, cast_column, source_type
from catalog.ml.tables.conversion.cell_errors import Origin
from catalog.ml.tables.conversion.missing import DEFAULT_WORDS, LEGACY_WORDS, NO_WORDS, MissingWords
from catalog.ml.tables.schema import ARROW_TYPES, ColumnType

BEYOND = "is beyond the years 1 to 9999, as an infinite date is. Leave such cells empty."
ORIGIN = Origin("new.parquet", "x", first_row=40)
UTC_NOON = datetime(2026, 1, 31, 12, 0, 0, 5, tzinfo=UTC)
NOON = UTC_NOON.replace(tzinfo=None)
MIDNIGHT, DAY = NOON.replace(hour=0, microsecond=0), date(2026, 1, 31)
HOLDS, NOON_THERE = "new.parquet: column 'x' holds", "2026-01-31 09:00:00.000005-03:00"
LEARNED = [kind for kind in ColumnType if kind is not ColumnType.UNSUPPORTED]

# Of each source type one array; of each learned type what it becomes. What is not named refuses.
SOURCES: dict[str, tuple[pa.Array, dict[ColumnType, list[Any]]]] = {
    "bool": (pa.array([True, False]), {ColumnType.BOOLEAN: [True, False]}),
    **{
        f"{kind}": (
            pa.array([0, 1], kind),
            {
                ColumnType.INTEGER: [0, 1],
                ColumnType.NUMBER: [0.0, 1.0],
                ColumnType.BOOLEAN: [False, True],
                ColumnType.STRING: ["0", "1"],
            },
        )
        for kind in (pa.int8(), pa.uint8(), pa.int16(), pa.uint16(), pa.int32(), pa.uint32(), pa.int64(), pa.uint64())
    },
    **{
        f"{kind}": (
            pa.array([0.0, 1.0], kind),
            {ColumnType.INTEGER: [0, 1], ColumnType.NUMBER: [0.0, 1.0], ColumnType.BOOLEAN: [False, True]},
        )
        for kind in (pa.float16(), pa.float32(), pa.float64())
    },
    "fractions": (pa.array([1.5, -2.25]), {ColumnType.NUMBER: [1.5, -2.25]}),
    "integers": (
        pa.array([20260131, 7]),
        {ColumnType.INTEGER: [20260131, 7], ColumnType.NUMBER: [20260131.0, 7.0], ColumnType.STRING: ["20260131", "7"]},
    ),
    **{
        f"{kind}": (
            pa.array([Decimal("0"), Decimal("1")], kind),
            {ColumnType.INTEGER: [0, 1], ColumnType.NUMBER: [0.0, 1.0], ColumnType.BOOLEAN: [False, True]},
        )
        for kind in (pa.decimal32(5, 2), pa.decimal64(12, 2), pa.decimal128(38, 0), pa.decimal256(50, 3))
    },
    "money": (pa.array([Decimal("12.34"), Decimal("-0.07")]), {ColumnType.NUMBER: [12.34, -0.07]}),
    **{
        f"{kind} of words": (pa.array(["a", " b "], kind), {ColumnType.STRING: ["a", " b "]})
        for kind in (pa.string(), pa.large_string(), pa.string_view())
    },
    "categories": (pa.array(["a", "b", "a"]).dictionary_encode(), {ColumnType.STRING: ["a", "b", "a"]}),
    "categories of numbers, as Polars has them": (
        pa.DictionaryArray.from_arrays(pa.array([0, 1, 0], pa.uint32()), pa.array(["1.5", "2"], pa.string_view())),
        {ColumnType.NUMBER: [1.5, 2.0, 1.5], ColumnType.STRING: ["1.5", "2", "1.5"]},
    ),
    "text of numbers": (
        pa.array([" 1.5", "2e3"]),
        {ColumnType.NUMBER: [1.5, 2000.0], ColumnType.STRING: [" 1.5", "2e3"]},
    ),
    "text of integers": (
        pa.array(["15", "-2"]),
        {ColumnType.INTEGER: [15, -2], ColumnType.NUMBER: [15.0, -2.0], ColumnType.STRING: ["15", "-2"]},
    ),
    "text of whole floats": (
        pa.array(["3.0", "1e3 "]),
        {ColumnType.INTEGER: [3, 1000], ColumnType.NUMBER: [3.0, 1000.0], ColumnType.STRING: ["3.0", "1e3 "]},
    ),
    "text of booleans": (
        pa.array(["true", "False", "TRUE"]),
        {ColumnType.BOOLEAN: [True, False, True], ColumnType.STRING: ["true", "False", "TRUE"]},
    ),
    "text of floats that are 0 and 1": (
        pa.array(["1.0", "0.0"]),
        {
            ColumnType.BOOLEAN: [True, False],
            ColumnType.INTEGER: [1, 0],
            ColumnType.NUMBER: [1.0, 0.0],
            ColumnType.STRING: ["1.0", "0.0"],
        },
    ),
    "text of midnights": (
        pa.array(["2026-01-31 00:00:00", "2026-01-31T00:00:00.000000"]),
        {
            ColumnType.DATE: [DAY] * 2,
            ColumnType.TIMESTAMP: [MIDNIGHT] * 2,
            ColumnType.STRING: ["2026-01-31 00:00:00", "2026-01-31T00:00:00.000000"],
        },
    ),
    "text of dates": (
        pa.array(["2026-01-31 "]),
        {ColumnType.DATE: [DAY], ColumnType.TIMESTAMP: [MIDNIGHT], ColumnType.STRING: ["2026-01-31 "]},
    ),
    "text of times": (
        pa.array(["2026-01-31 12:00:00.000005"]),
        {ColumnType.TIMESTAMP: [NOON], ColumnType.STRING: ["2026-01-31 12:00:00.000005"]},
    ),
    "text of times with nine digits": (
        pa.array(["2026-01-31T12:00:00.000005999"]),
        {ColumnType.TIMESTAMP: [NOON], ColumnType.STRING: ["2026-01-31T12:00:00.000005999"]},
    ),
    **{
        f"text of times in {zone}": (
            pa.array([f"2026-01-31 {hour}:00:00.000005{zone}"]),
            {ColumnType.TIMESTAMP_UTC: [UTC_NOON], ColumnType.STRING: [f"2026-01-31 {hour}:00:00.000005{zone}"]},
        )
        for hour, zone in (("12", "Z"), ("12", " UTC"), ("12", "+00:00"), ("09", "-0300"), ("12", "999 UTC"))
    },
    "date32": (
        pa.array([DAY]),
        {ColumnType.DATE: [DAY], ColumnType.TIMESTAMP: [MIDNIGHT], ColumnType.STRING: ["2026-01-31"]},
    ),
    "date64": (
        pa.array([DAY], pa.date64()),
        {ColumnType.DATE: [DAY], ColumnType.TIMESTAMP: [MIDNIGHT], ColumnType.STRING: ["2026-01-31"]},
    ),
    **{
        f"midnights in {unit}": (
            pa.array([MIDNIGHT], pa.timestamp(unit)),
            {ColumnType.DATE: [DAY], ColumnType.TIMESTAMP: [MIDNIGHT]},
        )
        for unit in ("s", "ms", "us", "ns")
    },
    "times": (pa.array([NOON], pa.timestamp("us")), {ColumnType.TIMESTAMP: [NOON]}),
    "times in ns": (pa.array([1_769_860_800_000_005_999], pa.timestamp("ns")), {ColumnType.TIMESTAMP: [NOON]}),
    **{
        f"times in {zone}": (pa.array([UTC_NOON], pa.timestamp("us", zone)), {ColumnType.TIMESTAMP_UTC: [UTC_NOON]})
        for zone in ("UTC", "America/Sao_Paulo", "+05:30")
    },
    "time of day": (pa.array([time(12)]), {}),
    "duration": (pa.array([timedelta(days=1)]), {}),
    "interval": (pa.array([(1, 2, 3)], pa.month_day_nano_interval()), {}),
    "bytes": (pa.array([b"a"]), {}),
    "large bytes": (pa.array([b"a"], pa.large_binary()), {}),
    "fixed bytes": (pa.array([b"ab"], pa.binary(2)), {}),
    "list": (pa.array([[1]]), {}),
    "struct": (pa.array([{"a": 1}]), {}),
    "map": (pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())), {}),
    "uuid": (pa.array([b"0123456789abcdef"], pa.uuid()), {}),
}


def cast(values: pa.Array, kind: ColumnType, missing: MissingWords | None = None) -> list[Any]:
    result = cast_column(values, ARROW_TYPES[kind], origin=ORIGIN, missing=missing or MissingWords())
    assert result.type == ARROW_TYPES[kind]
    return list(result.to_pylist())


@pytest.mark.parametrize(("source", "kind"), list(product(SOURCES, LEARNED)))
def test_each_source_type_converts_exactly_or_refuses(source: str, kind: ColumnType) -> None:
    values, expected = SOURCES[source]
    if kind in expected:
        assert cast(values, kind) == expected[kind]
        return
    with pytest.raises(InvalidData, match=r"^new.parquet: column 'x'.* row 41"):
        cast(values, kind)


def test_no_source_type_and_no_conversion_is_untested() -> None:
    tested = {(source_type(values.type), kind) for values, expected in SOURCES.values() for kind in expected}
    assert tested == set(CASTS)
    assert {kind for kind, _ in tested} | {SourceType.OTHER} == set(SourceType)


@pytest.mark.parametrize(("source", "kind"), list(product(SOURCES, LEARNED)))
def test_a_column_without_a_value_fits_every_type(source: str, kind: ColumnType) -> None:
    assert cast(pa.nulls(3, SOURCES[source][0].type), kind) == [None] * 3


@pytest.mark.parametrize("kind", LEARNED)
@pytest.mark.parametrize("values", [pa.nulls(2), pa.array([float("nan")] * 2), pa.array(["", "NA"])])
def test_null_nan_and_missing_words_are_no_values(values: pa.Array, kind: ColumnType) -> None:
    assert cast(values, kind) == [None, None]


WRONG: dict[str, tuple[pa.Array, ColumnType, str]] = {
    "milliseconds since 1970": (
        pa.array([None, 1_769_860_800_000]),
        ColumnType.TIMESTAMP,
        "new.parquet: column 'x' holds int64, expected a timestamp without a time zone: row 42 is '1769860800000'.",
    ),
    "days as a number": (
        pa.array([20260131], pa.int32()),
        ColumnType.DATE,
        "new.parquet: column 'x' holds int32, expected a date: row 41 is '20260131'.",
    ),
    "a code for true": (
        pa.array([1, 2]),
        ColumnType.BOOLEAN,
        "new.parquet: column 'x', row 42: '2' is not true or false.",
    ),
    "a share for true": (
        pa.array([0.0, 0.5]),
        ColumnType.BOOLEAN,
        "new.parquet: column 'x', row 42: '0.5' is not true or false.",
    ),
    "a zone for none": (
        pa.array([UTC_NOON], pa.timestamp("us", "-03:00")),
        ColumnType.TIMESTAMP,
        f"{HOLDS} timestamp[us, tz=-03:00], expected a timestamp without a time zone: row 41 is '{NOON_THERE}'.",
    ),
    "no zone for one": (
        pa.array([NOON]),
        ColumnType.TIMESTAMP_UTC,
        f"{HOLDS} timestamp[us], expected a timestamp with a time zone: row 41 is '{NOON}'.",
    ),
    "a fraction for an integer": (
        pa.array([3.0, 3.5]),
        ColumnType.INTEGER,
        "new.parquet: column 'x', row 42: '3.5' is not an integer.",
    ),
    "a whole float that is not exact": (
        pa.array(["9007199254740993.0"]),
        ColumnType.INTEGER,
        "new.parquet: column 'x', row 41: '9007199254740993.0' is not an integer.",
    ),
    "noon for a day": (
        pa.array([MIDNIGHT, NOON]),
        ColumnType.DATE,
        "new.parquet: column 'x', row 42: '2026-01-31 12:00:00.000005' is not a date.",
    ),
    "an infinite date": (
        pa.array([0, 2**31 - 1], pa.int32()).cast(pa.date32()),
        ColumnType.DATE,
        f"new.parquet: column 'x', row 42 {BEYOND}",
    ),
    "an infinite time": (
        pa.array([-(2**63) + 1], pa.timestamp("us")),
        ColumnType.TIMESTAMP,
        f"new.parquet: column 'x', row 41 {BEYOND}",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_does_not_fit_names_column_row_and_both_types(case: str) -> None:
    values, kind, message = WRONG[case]
    with pytest.raises(InvalidData) as refused:
        cast(values, kind)
    assert str(refused.value) == message


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2))
@settings(max_examples=2_000, deadline=None, database=None)
def test_amounts_of_money_become_the_nearest_float(amount: Decimal) -> None:
    assert cast(pa.array([amount], pa.decimal128(18, 2)), ColumnType.NUMBER) == [float(amount)]


@given(st.integers(-(2**63), 2**63 - 1))
@settings(max_examples=500, deadline=None, database=None)
def test_integers_become_the_nearest_float_as_their_text_does(number: int) -> None:
    expected = [float(number)]
    assert cast(pa.array([number]), ColumnType.NUMBER) == cast(pa.array([str(number)]), ColumnType.NUMBER) == expected


@pytest.mark.parametrize("word", [*DEFAULT_WORDS, " ", "\t", "\u00a0", " NA "])
def test_a_word_means_a_missing_value_whatever_the_type(word: str) -> None:
    for kind, text in ((ColumnType.NUMBER, "1"), (ColumnType.STRING, "a"), (ColumnType.DATE, "2026-01-31")):
        assert cast(pa.array([text, word]), kind)[1] is None


def test_words_of_ones_own_replace_the_usual_ones() -> None:
    missing = MissingWords(("-",), {"x": ("?",)})
    assert cast(pa.array(["?", "-", "NA"]), ColumnType.STRING, missing) == [None, "-", "NA"]
    assert cast(pa.array(["NA", " - "]), ColumnType.STRING, MissingWords(("-",))) == ["NA", None]


def test_words_of_before_are_compared_as_they_are_written() -> None:
    assert cast(pa.array(["NA", " NA", ""]), ColumnType.STRING, LEGACY_WORDS) == [None, " NA", None]
    assert cast(pa.array(["NA", ""]), ColumnType.STRING, LEGACY_WORDS.outside_csv()) == ["NA", ""]
    assert NO_WORDS.outside_csv() == NO_WORDS


def test_words_are_the_same_after_json() -> None:
    for missing in (MissingWords(), MissingWords(("-",), {"x": ("?", "")}), LEGACY_WORDS):
        assert MissingWords.from_json(missing.as_json()) == missing


def test_missing_categories_leave_the_others_in_their_order() -> None:
    values = pa.array(["b", "NA", "a", "b"]).dictionary_encode()
    result = cast_column(values, CATEGORY_TYPE, origin=ORIGIN, missing=MissingWords())
    assert (result.dictionary.to_pylist(), result.indices.to_pylist()) == (["b", "a"], [0, None, 1, 0])


def test_text_that_is_not_utf8_is_refused_in_one_line() -> None:
    offsets = struct.pack("<3i", 0, 1, 2)
    values = pa.StringArray.from_buffers(2, pa.py_buffer(offsets), pa.py_buffer(b"a\xe9"))
    for read in (values, values.dictionary_encode()):
        with pytest.raises(InvalidData, match=r"^new.parquet: column 'x' holds text that is not UTF-8"):
            cast_column(read, CATEGORY_TYPE, origin=ORIGIN, missing=MissingWords())
