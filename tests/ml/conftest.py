from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog.ml.tables.reading import TableFile, open_table

OpenCsv = Callable[..., TableFile]
OpenParquet = Callable[[pa.Table | pd.DataFrame], TableFile]


@pytest.fixture
def open_csv(tmp_path: Path) -> OpenCsv:
    """The table of a CSV file with this text."""

    def write(text: str | bytes, name: str = "data.csv") -> TableFile:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return open_table(path, name)

    return write


@pytest.fixture
def open_parquet(tmp_path: Path) -> OpenParquet:
    def write(table: pa.Table | pd.DataFrame) -> TableFile:
        path = tmp_path / "data.parquet"
        pq.write_table(pa.Table.from_pandas(table) if isinstance(table, pd.DataFrame) else table, path)
        return open_table(path, "data.parquet")

    return write
