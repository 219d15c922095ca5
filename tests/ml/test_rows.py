"""Rows in memory become the frame that a file's rows become, or are refused by column and row."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from catalog.exceptions import InvalidData, InvalidRequest
from catalog.ml.features import Feature
from catalog.ml.rows import convert_rows
from catalog.ml.signature import Signature
from catalog.ml.tables.schema import ColumnType

SIGNATURE = Signature(
    features=(
        Feature("age", ColumnType.INTEGER),
        Feature("member", ColumnType.BOOLEAN),
        Feature("since", ColumnType.DATE),
        Feature("seen", ColumnType.TIMESTAMP_UTC),
        Feature("plan", ColumnType.STRING, ("basic", "plus")),
    ),
    target="churned",
    target_type=ColumnType.BOOLEAN,
    task="classification",
    classes=(False, True),
)
ROWS = [
    {"age": 41, "member": True, "since": "2024-02-29", "seen": "2024-03-01T10:00:00Z", "plan": "plus", "more": 1},
    {"age": None, "member": False, "since": None, "seen": "2024-03-02 00:00:00+00:00", "plan": "basic", "more": 2},
]
EXPECTED = pd.DataFrame(
    {
        "age": [41.0, np.nan],
        "member": [1.0, 0.0],
        "since": [19782.0, np.nan],
        "seen": [19783.0 + 10 / 24, 19784.0],
        "plan": pd.Categorical(["plus", "basic"]),
    }
)
FORMS = {
    "dicts": ROWS,
    "pandas": pd.DataFrame(ROWS),
    "pandas of its own types": pd.DataFrame(ROWS).assign(
        since=pd.to_datetime(pd.DataFrame(ROWS)["since"]), plan=lambda table: table["plan"].astype("category"),
        age=lambda table: table["age"].astype("Int64"),
    ),
    "polars": pl.DataFrame(ROWS),
    "polars of its own types": pl.DataFrame(ROWS).with_columns(
        pl.col("since").str.to_date(), pl.col("plan").cast(pl.Categorical)
    ),
    "arrow": pa.Table.from_pylist(ROWS),
    "a batch": pa.RecordBatch.from_pylist(ROWS),
    "texts": pd.DataFrame(ROWS).assign(age=["41", ""], member=["true", "false"]),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_rows_is_one_frame(form: str) -> None:
    frame = convert_rows(FORMS[form], SIGNATURE)
    assert frame["plan"].astype(str).tolist() == ["plus", "basic"]
    pd.testing.assert_frame_equal(frame.drop(columns="plan"), EXPECTED.drop(columns="plan"), check_exact=True)


def test_one_dict_is_one_row() -> None:
    assert convert_rows(ROWS[0], SIGNATURE)["age"].tolist() == [41.0]


@pytest.mark.parametrize("form", [list, pd.DataFrame, pl.DataFrame, pa.Table.from_pylist])
def test_a_cell_that_does_not_fit_is_named(form: Any) -> None:
    rows = [{**ROWS[0], "age": "41"}, {**ROWS[0], "age": "old"}]
    with pytest.raises(InvalidData, match=r"^rows: column 'age', row 2: 'old' is not a number.$"):
        convert_rows(form(rows), SIGNATURE)


@pytest.mark.parametrize("value", ["old", [1], {"a": 1}, object(), 1 + 2j])
def test_a_cell_of_another_kind_than_the_rest_is_named(value: object) -> None:
    with pytest.raises(InvalidData, match=r"^rows: column 'age', row 2: .* is not a number.$"):
        convert_rows([ROWS[0], {**ROWS[0], "age": value}], SIGNATURE)


def test_cells_of_several_types_are_converted_each_by_itself() -> None:
    frame = convert_rows([ROWS[0], {**ROWS[0], "age": " 7 "}, {**ROWS[0], "age": 2.5}], SIGNATURE)
    assert frame["age"].tolist() == [41.0, 7.0, 2.5]


def test_a_row_that_lacks_a_field_is_named_with_the_fields_near_it() -> None:
    row = {("agee" if name == "age" else name): value for name, value in ROWS[0].items()}
    with pytest.raises(InvalidData, match=r"^rows: row 2 has no 'age'\. .*agee"):
        convert_rows([ROWS[0], row], SIGNATURE)


@pytest.mark.parametrize("form", [pd.DataFrame, pl.DataFrame, pa.Table.from_pylist])
def test_a_table_that_lacks_a_column_is_told_which(form: Any) -> None:
    rows = [{name: value for name, value in ROWS[0].items() if name != "plan"}]
    with pytest.raises(InvalidData, match=r"^rows has no column 'plan'"):
        convert_rows(form(rows), SIGNATURE)


def test_a_column_that_is_there_twice_is_refused() -> None:
    table = pd.DataFrame(ROWS)
    with pytest.raises(InvalidData, match=r"^rows has two columns named 'age'"):
        convert_rows(pd.concat([table, table[["age"]]], axis=1), SIGNATURE)


@pytest.mark.parametrize(
    ("made", "problem"),
    [
        (pd.DataFrame, "^rows has no columns 'age', 'plan'. There are: "),
        (pa.Table.from_pylist, "^rows has no columns 'age', 'plan'. There are: "),
        (list, "^rows: row 1 has no 'age', 'plan'. There are: "),
    ],
)
def test_all_that_is_missing_is_named_at_once(made: Callable[[list[dict[str, Any]]], object], problem: str) -> None:
    rows = [{name: value for name, value in row.items() if name not in {"age", "plan"}} for row in ROWS]
    with pytest.raises(InvalidData, match=problem):
        convert_rows(made(rows), SIGNATURE)


@pytest.mark.parametrize("rows", [[], pd.DataFrame(ROWS).head(0), pl.DataFrame(ROWS).head(0)])
def test_no_rows_are_refused(rows: object) -> None:
    with pytest.raises(InvalidData, match=r"^rows has no rows to predict.$"):
        convert_rows(rows, SIGNATURE)


@pytest.mark.parametrize("rows", [3, "text", None, [1, 2], np.zeros((2, 5))])
def test_what_is_no_rows_is_told_what_to_give(rows: object) -> None:
    with pytest.raises(InvalidRequest, match=r"^`rows` is a .*Give a DataFrame of pandas or Polars, an Arrow table"):
        convert_rows(rows, SIGNATURE)


@pytest.mark.parametrize("rows", [
    pd.Series(ROWS[0]), pd.Series([1.0, 2.0]), pl.Series([1]),
    pl.DataFrame(ROWS).with_columns(more=pl.col("more").cast(pl.Int128)),
])  # fmt: skip
def test_what_arrow_makes_no_table_of_is_refused_in_one_line(rows: object) -> None:
    with pytest.raises(InvalidData, match=r"^rows: Arrow makes no table of this (Series|DataFrame): .*$"):
        convert_rows(rows, SIGNATURE)


def with_plan(plan: pa.Array) -> pa.Table:
    table = pa.Table.from_pylist(ROWS)
    return table.set_column(table.column_names.index("plan"), "plan", plan)


def test_cells_of_runs_are_those_of_a_plain_column() -> None:
    table = with_plan(pc.run_end_encode(pa.array(["plus", "plus"])))
    assert convert_rows(table, SIGNATURE)["plan"].tolist() == ["plus", "plus"]


def test_a_category_that_is_null_is_a_missing_value_and_none_that_is_unseen() -> None:
    table = with_plan(pa.DictionaryArray.from_arrays(pa.array([0, 1]), pa.array([None, "basic"])))
    converted = SIGNATURE.convert(table)
    assert converted.frame["plan"].isna().tolist() == [True, False]
    assert not converted.unseen_categories


@pytest.mark.parametrize("form", ["pandas", "polars", "arrow", "dicts", "one dict"])
def test_a_name_is_the_same_with_accents_decomposed_or_blanks_around_it(form: str) -> None:
    signature = Signature((Feature("idad\u00e9", ColumnType.NUMBER),), "y", ColumnType.NUMBER, "regression")
    rows = pd.DataFrame({" idade\u0301": [41.0]})
    made = {
        "polars": pl.DataFrame(rows), "arrow": pa.Table.from_pandas(rows), "dicts": rows.to_dict("records"),
        "one dict": rows.to_dict("records")[0],
    }  # fmt: skip
    assert convert_rows(made.get(form, rows), signature)["idad\u00e9"].tolist() == [41.0]
