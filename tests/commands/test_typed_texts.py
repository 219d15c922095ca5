"""Numbers and dates that a file with typed columns has as text: left so and said, or read as people say."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

from catalog.models import DatasetVersion
from tests.commands.conftest import Run
from tests.workbooks import write_xlsx

ROWS = 24
TEXTS = {
    "born": [f"{7 + at:02}/01/2026" for at in range(ROWS)],
    "price": [f"{at * 100 + 900:,}".replace(",", ".") + f",{at:02}" for at in range(ROWS)],
    "paid": [f"R$ {at * at},50" for at in range(ROWS)],
    "share": [f"{at}%" for at in range(ROWS)],
    "code": [str(1000 + at) for at in range(ROWS)],
    "day": [f"2026-01-{7 + at:02}" for at in range(ROWS)],
    "ok": [("true", "false")[at % 2] for at in range(ROWS)],
    "word": [("a", "b")[at % 2] for at in range(ROWS)],
}
TYPES = ["date", "number", "number", "number", "integer", "date", "boolean", "string"]
SAID = [
    "would be dates (day/month/year), the first '07/01/2026' in row 1. To read them so: --date-format born=%d/%m/%Y",
    (
        "would be numbers (decimal comma, thousands point), the first '900,00' in row 1. To read them so: --decimal "
        "price=,"
    ),
    (
        "would be numbers (decimal comma, R$ at every number), the first 'R$ 0,50' in row 1. To read them so: "
        "--decimal paid=,"
    ),
    "would be numbers (% at every number), the first '0%' in row 1. To read them so: --column-type share=number",
    "would be integers, the first '1000' in row 1. To read them so: --column-type code=integer",
    "would be dates, the first '2026-01-07' in row 1. To read them so: --column-type day=date",
    "would be true or false, the first 'true' in row 1. To read them so: --column-type ok=boolean",
]
NOTES = [
    f"{name!r} is text in the file, and is left so: in a CSV file its {ROWS} values {said}; if it is text, "
    f"--column-type {name}=string."
    for name, said in zip(TEXTS, SAID, strict=False)
]
# One option a column, in the ways there are.
READ = (
    "--date-format=born=%d/%m/%Y", "--decimal=price=,", "--column-type=paid=number", "--column-type=share=number",
    "--column-type=code=integer", "--column-type=day=date", "--column-type=ok=boolean",
)  # fmt: skip


def parquet(table: pa.Table, folder: Path) -> list[str]:
    pq.write_table(table, folder / "t.parquet", row_group_size=10)
    return [str(folder / "t.parquet")]


def unusual_parquet(table: pa.Table, folder: Path) -> list[str]:
    """Texts as pandas' categories and Polars' strings are stored."""
    kinds = [pa.dictionary(pa.int8(), pa.string()), pa.large_string()]
    schema = pa.schema([(name, kinds[at % 2]) for at, name in enumerate(table.column_names)])
    return parquet(table.cast(schema), folder)


def feather(table: pa.Table, folder: Path) -> list[str]:
    pa.feather.write_feather(table, folder / "t.feather")
    return [str(folder / "t.feather")]


def json_lines(table: pa.Table, folder: Path) -> list[str]:
    """Whose texts of days are days, if all are as ISO has them."""
    (folder / "t.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in table.to_pylist()))
    return [str(folder / "t.jsonl")]


def workbook(table: pa.Table, folder: Path) -> list[str]:
    rows = [table.column_names, *(list(row.values()) for row in table.to_pylist())]
    return [str(write_xlsx(folder / "t.xlsx", {"One": rows}))]


def query(table: pa.Table, folder: Path) -> list[str]:
    with closing(sqlite3.connect(folder / "t.sqlite3")) as database, database:
        table.to_pandas().to_sql("t", database, index=False)
    return [f"sqlite:///{folder}/t.sqlite3", "--table", "t"]


def many_files(table: pa.Table, folder: Path) -> list[str]:
    (folder / "many").mkdir()
    for number in range(2):
        pq.write_table(table.slice(12 * number, 12), folder / "many" / f"{number}.parquet")
    return [str(folder / "many")]


SOURCES: dict[str, Callable[[pa.Table, Path], list[str]]] = {
    made.__name__: made for made in (parquet, unusual_parquet, feather, json_lines, workbook, query, many_files)
}


def csv(table: pa.Table, folder: Path) -> Path:
    table.to_pandas().to_csv(folder / "t.csv", index=False)
    return folder / "t.csv"


@pytest.mark.parametrize("kind", SOURCES)
def test_what_a_csv_file_would_have_as_numbers_or_dates_is_said_of_texts(run: Run, tmp_path: Path, kind: str) -> None:
    source = SOURCES[kind](pa.table(TEXTS), tmp_path)
    told = run("add_dataset", "t", *source)
    expected = [line for line in NOTES if kind != "json_lines" or not line.startswith("'day'")]
    assert [line.strip() for line in told.lines if "is left so" in line] == expected
    seen = run("add_dataset", "t", *source, "--preview")
    assert [line.strip() for line in seen.lines if "is left so" in line] == expected


@pytest.mark.parametrize("kind", SOURCES)
def test_texts_are_read_as_in_a_csv_file_where_people_say_so(run: Run, tmp_path: Path, kind: str) -> None:
    table = pa.table(TEXTS)
    run("add_dataset", "csv", csv(table, tmp_path))
    assert run("add_dataset", "typed", *SOURCES[kind](table, tmp_path), *READ).code == 0
    typed, expected = (DatasetVersion.objects.get(dataset__name=name) for name in ("typed", "csv"))
    assert [column["type"] for column in typed.schema] == TYPES
    assert (typed.profile, typed.read_options["dialect"]["formats"]) == (
        expected.profile,
        expected.read_options["dialect"]["formats"],
    )
    trained = run("train_model", "m", "--dataset", "typed", "--target", "ok", "--estimator", "decision_tree")
    assert trained.code == 0, trained.err


TRAINED = ("--dataset", "csv", "--target", "y", "--estimator", "decision_tree")


@pytest.fixture
def learned(run: Run, tmp_path: Path) -> pa.Table:
    """Rows of numbers and dates that a model learned from CSV, and what it predicts of them in expected.csv."""
    names = ("born", "price", "paid", "share", "ok")
    table = pa.table({name: TEXTS[name] for name in names} | {"y": [("no", "yes")[at > 11] for at in range(ROWS)]})
    run("add_dataset", "csv", csv(table, tmp_path))
    run("train_model", "m", *TRAINED)
    run("predict", "m:1", "-i", tmp_path / "t.csv", "-o", tmp_path / "expected.csv")
    return table


@pytest.mark.parametrize("kind", ["parquet", "unusual_parquet", "feather", "json_lines", "workbook"])
def test_texts_are_predicted_as_the_csv_file_of_the_same_rows(
    run: Run, tmp_path: Path, learned: pa.Table, kind: str
) -> None:
    (source,) = SOURCES[kind](learned, tmp_path)
    told = run("predict", "m:1", "-i", source, "-o", tmp_path / "out.csv", "--json").json
    assert told["notes"] == [
        (
            "Read as decimal comma (price, paid), thousands point (price), R$ at every number (paid), % at every "
            "number (share), dates as day/month/year (born)."
        )
    ]
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "expected.csv").read_bytes()
    assert set(pd.read_csv(tmp_path / "out.csv")["prediction"]) == {"no", "yes"}


def test_texts_of_days_that_nobody_can_tell_from_months_are_asked_for(
    run: Run, tmp_path: Path, learned: pa.Table
) -> None:
    (source,) = parquet(learned.slice(0, 5), tmp_path)
    assert run("predict", "m:1", "-i", source, "-o", tmp_path / "out.csv").err == (
        f"{source}: column 'born' may be dates by day/month/year or month/day/year, as '07/01/2026', and no row tells. "
        "Say which: --date-format %d/%m/%Y or --date-format %m/%d/%Y."
    )
    run("predict", "m:1", "-i", source, "-o", tmp_path / "out.csv", "--date-format", "%d/%m/%Y")
    expected = pd.read_csv(tmp_path / "expected.csv").head(5)
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "out.csv"), expected)


def test_a_text_that_is_written_otherwise_is_named_by_its_row(run: Run, tmp_path: Path, learned: pa.Table) -> None:
    changed = learned.set_column(1, "price", pa.array([*TEXTS["price"][:-1], "1.5"]))
    (source,) = parquet(changed, tmp_path)
    assert run("predict", "m:1", "-i", source, "-o", tmp_path / "out.csv").err == (
        f"{source}: column 'price', row {ROWS}: '1.5' is not a number (decimal comma, thousands point)."
    )


DOUBTFUL = {
    "days or months": (
        ["01/02/2026", "03/04/2026"],
        (
            "it may be dates by day/month/year or month/day/year, as '01/02/2026', and no row tells. Say which: "
            "--date-format x=%d/%m/%Y or --date-format x=%m/%d/%Y."
        ),
    ),
    "a comma": (
        ["1,234", "5"],
        (
            "it may be numbers with decimals or in groups of thousands, as '1,234', and no row tells. Say which: "
            "--decimal x=, or --thousands x=,."
        ),
    ),
    "a point": (
        ["1.234", "5"],
        (
            "it may be numbers with decimals or in groups of thousands, as '1.234', and no row tells. Say which: "
            "--decimal x=. or --thousands x=.."
        ),
    ),
}


@pytest.mark.parametrize("case", DOUBTFUL)
def test_texts_that_can_be_read_in_two_ways_are_said_with_both(run: Run, tmp_path: Path, case: str) -> None:
    cells, said = DOUBTFUL[case]
    source = parquet(pa.table({"x": cells, "y": ["a", "b"]}), tmp_path)
    assert f"  'x' is text in the file, and is left so: {said}" in run("add_dataset", "t", *source).lines
    seen = run("add_dataset", "t", *source, "--preview", "--json").json
    assert seen["columns"][0]["doubts"][0].startswith("'x' is text in the file, and is left so: it may be ")


ANSWERS = {
    ("01/02/2026", "--date-format=%m/%d/%Y"): ("date", "2026-01-02"),
    ("01/02/2026", "--date-format=x=%d/%m/%Y"): ("date", "2026-02-01"),
    ("1,234", "--decimal=,"): ("number", "1.234"),
    ("1,234", "--thousands=x=,"): ("integer", "1234"),
    ("1,234", "--column-type=x=integer"): ("integer", "1234"),
    ("1.234", "--thousands=."): ("integer", "1234"),
    ("1.234", "--decimal=."): ("number", "1.234"),
    ("1.234", "--column-type=x=number"): ("number", "1.234"),
    ("1,234", "--column-type=x=string"): ("string", "1,234"),
}


@pytest.mark.parametrize(("cell", "option"), ANSWERS)
def test_what_people_say_of_a_text_decides(run: Run, tmp_path: Path, cell: str, option: str) -> None:
    source = parquet(pa.table({"x": [cell, cell], "y": ["5", "7"], "z": ["a", "b"]}), tmp_path)
    assert run("add_dataset", "t", *source, option).code == 0
    version = DatasetVersion.objects.get()
    assert [column["type"] for column in version.schema] == [ANSWERS[cell, option][0], "string", "string"]
    assert version.first_rows[0][0] == cell
    seen = run("add_dataset", "t", *source, option, "--preview", "--json").json["columns"][0]
    assert seen["values"][0] == ANSWERS[cell, option][1]


ASKED = {
    ("01/02/2026", "--column-type=x=date"): "may be dates by day/month/year or month/day/year",
    ("1,234", "--column-type=x=number"): "may be numbers with decimals or in groups of thousands",
}


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@pytest.mark.parametrize(("cell", "option"), ASKED)
def test_a_type_alone_does_not_tell_what_no_row_tells(
    run: Run, tmp_path: Path, cell: str, option: str, ending: str
) -> None:
    table = pa.table({"x": [cell, cell]})
    source = parquet(table, tmp_path) if ending == "parquet" else [str(csv(table, tmp_path))]
    assert ASKED[cell, option] in run("add_dataset", "t", *source, option).err
    assert not DatasetVersion.objects.exists()


REFUSED = {
    "a mark that no column has": ("--decimal=,", "--decimal: no column is written with ',' throughout."),
    "another column's": ("--date-format=x=%d/%m/%Y", "--date-format: column 'x' is not written with '%d/%m/%Y'"),
    "a number of its own": ("--decimal=n=,", "--decimal: column 'n' is not written with ',' throughout."),
    "a type that it has not": ("--column-type=x=date", "column 'x', row 1: '12%' is not a date."),
    "one that not all rows have": ("--column-type=m=number", "row 2: '2.5' is not a number (decimal comma)."),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_can_not_be_is_refused(run: Run, tmp_path: Path, case: str) -> None:
    option, problem = REFUSED[case]
    source = parquet(pa.table({"x": ["12%", "7%"], "n": [1.5, 2], "m": ["1,5", "2.5"]}), tmp_path)
    told = run("add_dataset", "t", *source, option)
    assert (told.code, problem in told.err) == (1, True), told.err


def test_what_is_said_of_how_cells_are_written_holds_though_they_are_plain_numbers(
    run: Run, tmp_path: Path, learned: pa.Table
) -> None:
    new = learned.set_column(1, "price", pa.array(["1.234"] * ROWS))
    told = run("predict", "m:1", "-i", csv(new, tmp_path), "-o", tmp_path / "out.csv", "--thousands=price=.")
    assert "thousands point (price)" in told.out
    told = run("predict", "m:1", "-i", csv(new, tmp_path), "-o", tmp_path / "out.csv", "--decimal=price=,", "--json")
    assert "thousands point" in told.json["notes"][0]
    told = run("predict", "m:1", "-i", csv(new, tmp_path), "-o", tmp_path / "out.csv", "--decimal=prize=,")
    assert told.err.startswith("--decimal: there is no column 'prize'.")
    (source,) = parquet(new.append_column("n", pa.array([1.5] * ROWS)), tmp_path)
    told = run("predict", "m:1", "-i", source, "-o", tmp_path / "out.csv", "--decimal=n=,")
    assert told.err == f"--decimal: column 'n' of {source} is no text."
