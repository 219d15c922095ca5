"""Cells that a word emptied are counted and said, and recorded are the words that did."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from catalog.progress import Progress
from catalog.services.datasets.reading_request import ReadingRequest
from catalog.services.datasets.table_record import TableRecord, describe_file

TABLE = pd.DataFrame({"a": ["NA", "x", "None", "-"], "b": ["1", " ", "-", "2"]})


def described(folder: Path, ending: str, **asked: Any) -> TableRecord:
    path = folder / f"t.{ending}"
    TABLE.to_parquet(path) if ending == "parquet" else TABLE.to_csv(path, index=False)
    return describe_file(path, path.name, ReadingRequest(**asked), Progress())


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_the_usual_words_empty_cells_in_every_format(tmp_path: Path, ending: str) -> None:
    record = described(tmp_path, ending)
    assert [column["nulls"] for column in record.schema] == [2, 1]
    assert record.notes[0] == (
        "Read as missing values: 'NA' in 1 cell (a); 'None' in 1 cell (a). To choose the words that mean one: "
        "`missing`."
    )


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_words_of_ones_own_replace_the_usual_ones_also_in_one_column(tmp_path: Path, ending: str) -> None:
    record = described(tmp_path, ending, missing=["-", ""], missing_in=["a=NA"])
    assert [column["nulls"] for column in record.schema] == [1, 2]
    assert record.read_options["missing"] == {"words": ["-", ""], "by_column": {"a": ["NA"]}}
    assert "'-' in 1 cell (b)" in record.notes[0]
