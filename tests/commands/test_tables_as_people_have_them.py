"""Files as people's tools write them: read rightly and said, or refused in one line. Each was read wrongly once."""

import uuid
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog.models import ModelVersion
from tests.commands.conftest import Outcome, Run
from tests.factories import write_csv

ROWS = 200
RANDOM = np.random.default_rng(0)
NUMBERS = RANDOM.normal(size=ROWS).round(3)
TREE = ("--estimator", "decision_tree")


def add_and_train(run: Run, path: Path, target: str, *options: str) -> Outcome:
    run("add_dataset", "d", path)
    return run("train_model", "m", "--dataset", "d", "--target", target, *TREE, *options, "--json")


def local_times() -> pd.DataFrame:
    """Times as a wall clock shows them; the tariff hangs on the hour."""
    times = pd.Series(pd.date_range("2026-01-01", periods=ROWS, freq="173min"))
    tariff = np.where(times.dt.hour.between(8, 19), "day", "night")
    return pd.DataFrame({"opened_at": times, "amount": np.arange(ROWS) % 7, "tariff": tariff})


def test_zoned_times_and_milliseconds_are_never_moved_into_a_zoneless_feature(run: Run, tmp_path: Path) -> None:
    frame = local_times()
    add_and_train(run, write_csv(frame, tmp_path), "tariff")
    zoned = frame.assign(opened_at=frame["opened_at"].dt.tz_localize("America/Sao_Paulo"))
    for name, changed, held in (
        ("zoned", zoned, "timestamp[us, tz=America/Sao_Paulo]"),
        ("epoch", frame.assign(opened_at=frame["opened_at"].astype("datetime64[ms]").astype("int64")), "int64"),
    ):
        changed.to_parquet(path := tmp_path / f"{name}.parquet", index=False)
        told = run("predict", "m:1", "-i", path, "-o", tmp_path / "out.csv")
        start = f"{path}: column 'opened_at' holds {held}, expected a timestamp without a time zone: row 1 is '"
        assert told.err.startswith(start)
        assert not (tmp_path / "out.csv").exists()


def test_sixteen_blank_cells_leave_a_column_of_charges_numbers(run: Run, tmp_path: Path) -> None:
    charges = [f"{abs(value) * 1000:.2f}" for value in NUMBERS]
    churn = np.where(np.abs(NUMBERS) > 0.5, "Yes", "No")
    for row in range(0, 160, 10):
        charges[row] = " "
    frame = pd.DataFrame({"TotalCharges": charges, "Churn": churn})
    trained = add_and_train(run, write_csv(frame, tmp_path), "Churn").json
    schema = run("add_dataset", "d", tmp_path / "data.csv", "--json").json["schema"]
    assert schema[0] == {"name": "TotalCharges", "type": "number", "nulls": 16}
    assert trained["metrics"]["roc_auc"] > 0.9


def test_the_index_of_pandas_is_no_feature_and_that_is_said(run: Run, tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": NUMBERS, "y": np.where(np.arange(ROWS) < ROWS / 2, "p", "q")})
    shuffled = frame.sample(frac=1, random_state=0)
    shuffled.head(150).to_parquet(tmp_path / "train.parquet")
    shuffled.tail(50).to_parquet(tmp_path / "new.parquet")
    told = run("add_dataset", "d", tmp_path / "train.parquet")
    assert (
        "  Not taken over, as they only number the rows: __index_level_0__. To keep one, say its --column-type."
        in told.lines
    )
    trained = run("train_model", "m", "--dataset", "d", "--target", "y", *TREE, "--json").json
    assert trained["metrics"]["accuracy"] < 0.8
    assert run("predict", "m:1", "-i", tmp_path / "new.parquet", "-o", tmp_path / "out.csv").code == 0


def test_the_folders_of_a_table_are_a_column_also_of_one_file_of_it(run: Run, tmp_path: Path) -> None:
    root = tmp_path / "flights"
    for year in (2024, 2025, 2026):
        (folder := root / f"year={year}").mkdir(parents=True)
        frame = pd.DataFrame({"km": NUMBERS[:60], "late": ["yes" if year == 2025 else "no"] * 60})
        frame.to_parquet(folder / "data_0.parquet", index=False)
    (root / "_SUCCESS").touch()
    assert "  Columns from the folders' names: year." in run("add_dataset", "d", root).lines
    trained = run("train_model", "m", "--dataset", "d", "--target", "late", *TREE, "--json").json
    assert trained["metrics"]["accuracy"] == 1
    for year, late in (("2025", "yes"), ("2026", "no")):
        run("predict", "m:1", "-i", root / f"year={year}" / "data_0.parquet", "-o", tmp_path / "out.csv")
        assert set(pd.read_csv(tmp_path / "out.csv")["prediction"]) == {late}


@pytest.mark.parametrize("writes", ["parquet", "csv"])
def test_files_without_endings_are_known_by_their_first_bytes(run: Run, tmp_path: Path, writes: str) -> None:
    root = tmp_path / "athena"
    for year in (2024, 2025):
        (folder := root / f"year={year}").mkdir(parents=True)
        getattr(pd.DataFrame({"x": NUMBERS}), f"to_{writes}")(folder / f"{year}0101_000000_abcde", index=False)
    added = run("add_dataset", "d", root, "--json").json
    assert (added["rows"], [column["name"] for column in added["schema"]]) == (2 * ROWS, ["x", "year"])


def test_files_without_endings_must_be_of_one_kind(run: Run, tmp_path: Path) -> None:
    pd.DataFrame({"x": NUMBERS}).to_parquet(tmp_path / "a", index=False)
    pd.DataFrame({"x": NUMBERS}).to_csv(tmp_path / "b", index=False)
    told = run("add_dataset", "d", tmp_path)
    assert told.err == f"{tmp_path}/b and {tmp_path}/a are not both CSV, or both with types."


def test_times_that_end_in_utc_or_have_nine_digits_are_timestamps(run: Run, tmp_path: Path) -> None:
    times = pd.Series(pd.date_range("2026-01-01", periods=ROWS, freq="h"))
    frame = pd.DataFrame(
        {
            "created_at": times.dt.strftime("%Y-%m-%d %H:%M:%S.%f UTC"),
            "polars": times.dt.strftime("%Y-%m-%dT%H:%M:%S.%f000"),
        }
    )
    schema = run("add_dataset", "d", write_csv(frame, tmp_path), "--json").json["schema"]
    assert [column["type"] for column in schema] == ["timestamp_utc", "timestamp"]


def test_money_and_dates_written_otherwise_are_no_identifiers(run: Run, tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "id": [f"c{row}" for row in range(ROWS)],
            "paid": pa.array([f"R$ {row}.{row:02}" for row in range(ROWS)]).to_pandas(),
            "x": NUMBERS,
            "y": np.where(NUMBERS > 0, "p", "q"),
        }
    )
    frame.to_parquet(tmp_path / "data.parquet", index=False)
    left_out = add_and_train(run, tmp_path / "data.parquet", "y").json["left_out"]
    assert left_out == {
        "id": "it is an identifier: every row has its own text",
        "paid": "it is text that looks like numbers, and every row has its own: add the dataset with such a type for "
        "it",
    }


def sixteen_types() -> pa.Table:
    """The columns of a table of DuckDB's that can't be features, and one that can."""
    return pa.table(
        {
            "id": pa.array([uuid.UUID(int=row).bytes for row in range(ROWS)], pa.uuid()),
            "raw": pa.array([f"r{row}".encode() for row in range(ROWS)]),
            "accent": pa.array([b"\xe9"] * ROWS),
            "day": pa.array([datetime(2026, 1, 1, tzinfo=UTC)] * ROWS),
            "tags": pa.array([[1]] * ROWS),
            "st": pa.array([{"x": 1}] * ROWS),
            "mp": pa.array([[("a", 1)]] * ROWS, pa.map_(pa.string(), pa.int64())),
            "dur": pa.array([bytes(12)] * ROWS, pa.binary(12)),
            "x": NUMBERS,
            "y": np.where(NUMBERS > 0, "p", "q"),
        }
    )


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_id_columns_are_copied_as_text_or_refused_before_anything_is_predicted(
    run: Run, tmp_path: Path, ending: str
) -> None:
    path, out = tmp_path / "data.parquet", tmp_path / f"out.{ending}"
    pq.write_table(sixteen_types(), path)
    add_and_train(run, path, "y")
    for name, kind in (("tags", "list<"), ("st", "struct<"), ("mp", "map<"), ("dur", "fixed_size_binary[12]")):
        told = run("predict", "m:1", "-i", path, "-o", out, "--id-column", name)
        assert told.err.startswith(f"--id-column {name}: in {path} it holds {kind}")
        assert (told.code, out.exists(), len(told.err.splitlines())) == (1, False, 1)
    told = run("predict", "m:1", "-i", path, "-o", out, *(f"--id-column={name}" for name in ("id", "raw", "day")))
    assert told.code == 0
    if ending == "csv":
        first = out.read_text().splitlines()[1]
        assert first.startswith("00000000-0000-0000-0000-000000000000,r0,2026-01-01 00:00:00.000000Z,")
        told = run("predict", "m:1", "-i", path, "-o", out, "--id-column", "accent")
        assert told.err == f"{path}: column 'accent' holds text that is not UTF-8. Save it as UTF-8."
    else:
        assert pq.read_table(out).column("id").equals(pq.read_table(path).column("id"))


def test_a_column_with_commas_in_its_name_is_named_as_it_is(run: Run, tmp_path: Path) -> None:
    frame = pd.DataFrame({"size, in m": NUMBERS, "col,b": NUMBERS, "k": NUMBERS, "y": np.where(NUMBERS > 0, "p", "q")})
    trained = add_and_train(run, write_csv(frame, tmp_path), "y", "--drop", "size, in m,col,b")
    assert trained.json["rows"]["train"] == ROWS * 0.8
    assert [feature["name"] for feature in ModelVersion.objects.get().signature["inputs"]] == ["k"]
    told = run("train_model", "m", "--dataset", "d", "--target", "y", "--drop", "k,size,in m")
    assert told.err == "--drop: d:1 has no column 'size'. Did you mean size, in m?"


def test_an_accent_is_the_same_however_it_is_composed(run: Run, tmp_path: Path) -> None:
    frame = pd.DataFrame({"cafe\u0301": NUMBERS, "y": np.where(NUMBERS > 0, "p", "q")})
    add_and_train(run, write_csv(frame, tmp_path), "y", "--features", "cafe\u0301")
    composed = write_csv(frame.rename(columns={"cafe\u0301": "caf\u00e9"}), tmp_path, "new.csv")
    assert run("predict", "m:1", "-i", composed, "-o", tmp_path / "out.csv").code == 0
    both = write_csv(frame.assign(café=1), tmp_path, "both.csv")
    assert run("add_dataset", "d", both).err == (
        f"{both} has two columns whose names differ only in white space or in how accents are composed: "
        "'cafe\\u0301' and 'caf\\xe9'. Rename one of them."
    )


def test_infinity_is_named_by_its_column(run: Run, tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": NUMBERS, "y": np.where(NUMBERS > 0, "p", "q")})
    linear = ("--dataset", "d", "--target", "y", "--estimator", "logistic_regression")
    run("add_dataset", "d", write_csv(frame, tmp_path))
    run("train_model", "m", *linear)
    frame.loc[7, "x"] = np.inf
    path = write_csv(frame, tmp_path, "new.csv")
    told = run("predict", "m:1", "-i", path, "-o", tmp_path / "out.csv")
    assert told.err == "The estimator refuses row 8: column 'x' is infinite in it."
    run("add_dataset", "d", path)
    assert run("train_model", "m", *linear).err.endswith(". Column 'x' holds infinity.")


def test_a_column_of_integers_of_128_bits_is_named(run: Run, tmp_path: Path) -> None:
    import polars

    path = tmp_path / "polars.parquet"
    polars.DataFrame({"x": [1.5], "big": [5]}).cast({"big": polars.Int128}).write_parquet(path)
    assert run("add_dataset", "d", path).err == (
        f"{path} can't be read: Arrow opens no file with integers of 128 bits, as in 'big'. Write them as Int64, "
        "Decimal or text."
    )
