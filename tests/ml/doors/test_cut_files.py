"""Nothing is read wrongly that was cut somewhere, or whose odd row is the last of very many."""

import bz2
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

from catalog.exceptions import CatalogError
from catalog.ml.features import Feature
from catalog.ml.prediction.scorer import Scorer
from catalog.ml.signature import Signature
from catalog.ml.tables.file_formats import FileFormat
from catalog.ml.tables.importing import workbooks
from catalog.ml.tables.importing.plain_files import plain_file
from catalog.ml.tables.schema import ColumnType
from catalog.services.datasets.reading_request import ReadingRequest
from catalog.services.prediction.scoring import open_new_table, score_table
from tests.workbooks import write_ods, write_xlsx

ROWS = 300
MANY = 300_000
RANDOM = np.random.default_rng(0)
TABLE = pa.table(
    {
        "a": RANDOM.integers(100_000, 999_999, ROWS),
        "t": [f"word{row % 17}" for row in range(ROWS)],
        "b": RANDOM.normal(size=ROWS).round(6) + 10,
    }
)
NAMES = TABLE.column_names
CELLS = [NAMES, *[list(row.values()) for row in TABLE.to_pylist()]]


def text() -> bytes:
    target = io.BytesIO()
    pa.csv.write_csv(TABLE, target, pa.csv.WriteOptions(quoting_style="none"))
    return target.getvalue()


def zipped() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.csv", text())
    return target.getvalue()


def written(write: Callable[[pa.Table, io.BytesIO], object]) -> bytes:
    target = io.BytesIO()
    write(TABLE, target)
    return target.getvalue()


def stream(table: pa.Table, target: io.BytesIO) -> None:
    with pa.ipc.new_stream(target, table.schema) as writer:
        for batch in table.to_batches(max_chunksize=100):
            writer.write_batch(batch)


FORMATS: dict[str, Callable[[Path], bytes]] = {
    "x.csv.gz": lambda folder: gzip.compress(text()),
    "x.csv.bz2": lambda folder: bz2.compress(text()),
    "x.csv.zst": lambda folder: bytes(pa.Codec("zstd").compress(text(), asbytes=True)),
    "x.zip": lambda folder: zipped(),
    "x.parquet": lambda folder: written(lambda table, target: pq.write_table(table, target, row_group_size=100)),
    "x.feather": lambda folder: written(pa.feather.write_feather),
    "x.arrow": lambda folder: written(stream),
    "x.xlsx": lambda folder: write_xlsx(folder / "x.xlsx", {"One": CELLS}).read_bytes(),
    "x.ods": lambda folder: write_ods(folder / "x.ods", CELLS).read_bytes(),
}
TEXTS: dict[str, Callable[[], bytes]] = {
    "x.csv": text,
    "x.tsv": lambda: text().replace(b",", b"\t"),
    "office.csv": lambda: text().replace(b",", b";").replace(b".", b","),
    "wide.csv": lambda: text().decode().encode("utf-16"),
    "x.jsonl": lambda: "".join(f"{json.dumps(row)}\n" for row in TABLE.to_pylist()).encode(),
}


def cuts(size: int) -> list[int]:
    """Some at the beginning, some at the end, and some between; the last 8 bytes end a stream of Arrow."""
    ends = {size - 9, size - 8, size - 4, size - 1}
    return sorted({1, 5, 9, 40, *np.linspace(50, size - 50, 9).astype(int).tolist(), *ends})


@pytest.mark.parametrize("name", FORMATS)
def test_a_cut_file_is_refused_in_one_line(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = FORMATS[name](tmp_path)
    if name.endswith(("xlsx", "ods")):  # no process is begun for what is no zip file
        monkeypatch.setattr(workbooks, "convert_workbook", None)
    for cut in cuts(len(whole)):
        (tmp_path / name).write_bytes(whole[:cut])
        with pytest.raises(CatalogError) as refused, plain_file(tmp_path / name, name) as plain:
            list(open_new_table(plain.path, name, ReadingRequest()).batches(dict.fromkeys(NAMES)))
        assert "\n" not in str(refused.value)


# Of many compressed blocks, so that there is something before a cut; and the beginning of a number is a number.
LONG = b"a\n" + b"".join(b"%d\n" % number for number in RANDOM.integers(10**6, size=60_000))
BLOCKS: dict[str, Callable[[], bytes]] = {
    "x.csv.gz": lambda: gzip.compress(LONG, 1),
    "two.csv.gz": lambda: gzip.compress(LONG, 1) * 2,
    "x.csv.bz2": lambda: bz2.compress(LONG, 1),
    "x.csv.zst": lambda: bytes(pa.Codec("zstd").compress(LONG, asbytes=True)),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_a_file_that_is_cut_between_blocks_is_refused(name: str, tmp_path: Path) -> None:
    whole = BLOCKS[name]()
    for cut in (len(whole) * 3 // 4, len(whole) - 1):
        (tmp_path / name).write_bytes(whole[:cut])
        with (
            pytest.raises(CatalogError, match=r"Truncated compressed stream\.$"),
            plain_file(tmp_path / name, name) as plain,
        ):
            list(open_new_table(plain.path, name, ReadingRequest()).batches({"a": None}))


def test_json_lines_that_are_cut_within_a_line_are_refused(tmp_path: Path) -> None:
    whole, path = TEXTS["x.jsonl"](), tmp_path / "x.jsonl"
    for cut in {cut for cut in cuts(len(whole)) if whole[cut - 1 : cut + 1] not in (b"}\n", b"\n{")}:
        path.write_bytes(whole[:cut])
        with pytest.raises(CatalogError), plain_file(path, path.name):
            pass


@pytest.mark.parametrize("name", TEXTS)
def test_of_a_cut_text_the_rows_before_the_cut_are_read_or_it_is_refused(name: str, tmp_path: Path) -> None:
    whole = TEXTS[name]()
    expected = [tuple(map(str, row)) for row in CELLS[1:]]
    if name == "office.csv":
        expected = [(*row[:2], row[2].replace(".", ",")) for row in expected]
    path = tmp_path / name
    for cut in cuts(len(whole)):
        path.write_bytes(whole[:cut])
        try:
            with plain_file(path, name) as plain:
                table = open_new_table(plain.path, name, ReadingRequest())
                read = [row for batch in table.batches(dict.fromkeys(NAMES)) for row in batch.to_pylist()]
        except CatalogError:
            continue
        rows = [tuple(map(str, row.values())) for row in read]
        assert rows[:-1] == expected[: max(len(rows) - 1, 0)]
        # A last cell that is cut can't be told from a short one: that the file has no end is known, and said.
        assert rows == expected[: len(rows)] or not table.is_whole


class Unmoved:
    """An estimator that gives each row the same, and remembers what it was given last."""

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        self.last = frame
        return np.zeros(len(frame))


NOON = "2026-01-31 12:00:00"
ODD: dict[str, tuple[ColumnType, str, str, str]] = {
    "a word among numbers": (ColumnType.NUMBER, "1.5", "far", "'far' is not a number"),
    "a grouped number": (ColumnType.NUMBER, "1.5", '"1.234,5"', "'1.234,5' is not a number. Write it as 1234.5"),
    "a share among booleans": (ColumnType.BOOLEAN, "true", "0.5", "'0.5' is not true or false"),
    "a day that is none": (ColumnType.DATE, "2026-01-31", "2026-02-30", "'2026-02-30' is not a date"),
    "a time among days": (ColumnType.DATE, "2026-01-31", NOON, f"'{NOON}' is not a date"),
    "a zone": (ColumnType.TIMESTAMP, NOON, f"{NOON}Z", f"'{NOON}Z' is not a timestamp without a time zone"),
    "no zone": (ColumnType.TIMESTAMP_UTC, f"{NOON}Z", NOON, f"'{NOON}' is not a timestamp with a time zone"),
}
BROKEN = {"a cell more": ("1.5,2", "got 3"), "a quote": ('"1.5', "ends within quotes")}


def score(scorer: Scorer, path: Path) -> None:
    with plain_file(path, path.name) as plain:
        table = open_new_table(plain.path, path.name, ReadingRequest())
        score_table(scorer, table, path.with_name("out"), FileFormat.CSV)


def refusal(path: Path, kind: ColumnType) -> str:
    scorer = Scorer(Unmoved(), Signature((Feature("x", kind),), "y", ColumnType.NUMBER, "regression"))
    with pytest.raises(CatalogError) as refused:
        score(scorer, path)
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize("case", ODD)
def test_an_odd_row_is_named_where_it_is_the_last_of_300_000(case: str, tmp_path: Path) -> None:
    kind, usual, odd, problem = ODD[case]
    (path := tmp_path / "x.csv").write_text("i,x\n" + f"1,{usual}\n" * (MANY - 1) + f"1,{odd}\n")
    assert refusal(path, kind) == f"x.csv: column 'x', row 300000: {problem}."


def odd_text() -> bytes:
    return b"i,x\n" + b"1,1.5\n" * (MANY - 1) + b"1,far\n"


def odd_zip() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.csv", odd_text())
    return target.getvalue()


def odd_table(write: Callable[[pa.Table, io.BytesIO], object]) -> bytes:
    target = io.BytesIO()
    write(pa.table({"i": [1] * MANY, "x": ["1.5"] * (MANY - 1) + ["far"]}), target)
    return target.getvalue()


NAMED = f"column 'x', row {MANY}: 'far' is not a number."
ODD_FORMATS: dict[str, tuple[Callable[[], bytes], str]] = {
    "x.csv.gz": (lambda: gzip.compress(odd_text(), 1), NAMED),
    "x.csv.bz2": (lambda: bz2.compress(odd_text(), 1), NAMED),
    "x.csv.zst": (lambda: bytes(pa.Codec("zstd").compress(odd_text(), asbytes=True)), NAMED),
    "x.zip": (odd_zip, NAMED),
    "x.parquet": (lambda: odd_table(pq.write_table), NAMED),
    "x.feather": (lambda: odd_table(pa.feather.write_feather), NAMED),
    "x.arrow": (lambda: odd_table(stream), NAMED),
    "x.jsonl": (
        # In the second block of those that are read at a time.
        lambda: b'{"i": 1, "x": 1.5}\n' * (MANY - 1) + b'{"i": 1, "x": "far"}\n',
        f"'x' is number at first, and string in line {MANY}",
    ),
}


@pytest.mark.parametrize("name", ODD_FORMATS)
def test_an_odd_row_is_named_in_every_format_where_it_is_the_last_of_300_000(name: str, tmp_path: Path) -> None:
    make, problem = ODD_FORMATS[name]
    (path := tmp_path / name).write_bytes(make())
    assert problem in refusal(path, ColumnType.NUMBER)


def test_an_odd_cell_is_named_where_it_is_the_last_of_a_sheet(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "x.xlsx", {"One": [["i", "x"], *([1, 1.5] for _ in range(11_000)), [1, "far"]]})
    assert refusal(path, ColumnType.NUMBER) == "x.xlsx: column 'x', row 11001: 'far' is not a number."


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_row_is_found_where_it_is_the_last_of_300_000(case: str, tmp_path: Path) -> None:
    odd, problem = BROKEN[case]
    (path := tmp_path / "x.csv").write_text("i,x\n" + "1,1.5\n" * (MANY - 1) + f"1,{odd}\n")
    assert problem in refusal(path, ColumnType.NUMBER)


def test_the_last_of_300_000_rows_tells_days_from_months(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("i;x\n" + "1;01/02/2026\n" * (MANY - 1) + "1;31/01/2026\n")
    estimator = Unmoved()
    scorer = Scorer(estimator, Signature((Feature("x", ColumnType.DATE),), "y", ColumnType.NUMBER, "regression"))
    score(scorer, path)
    days = [(pd.Timestamp(day) - pd.Timestamp(0)).days for day in ("2026-02-01", "2026-01-31")]
    assert estimator.last["x"].tail(2).tolist() == days
