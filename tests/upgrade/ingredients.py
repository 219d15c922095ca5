"""The files that an archived catalog is made of: a few flights of 2013, and models that were trained elsewhere."""

import gzip
import os
from pathlib import Path

import joblib
import pandas as pd
import skops.io
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from tests.flights import all_flights

COLUMNS = ["flight", "month", "carrier", "origin", "distance", "hour", "dep_time", "time_hour", "arr_delay"]
ROWS, MONTHS, ROWS_OF_A_MONTH = 80, (1, 2, 3), 40
NUMBERS = ["distance", "hour"]
# A time of change in whole seconds, which every archive and file system keeps: it stands for a local file's content.
CHANGED_AT = 1_388_534_400


def _flights(first: int, rows: int) -> pd.DataFrame:
    """Rows spread over the year, the first of them at this position: numbers, texts, a time and some missing cells."""
    flights = all_flights()
    table = flights[flights["arr_delay"].notna()]
    table = table.iloc[first :: len(table) // rows][:rows].reset_index(drop=True)[COLUMNS]
    table["time_hour"] = pd.to_datetime(table["time_hour"])
    late = (table["arr_delay"] > 0).map({True: "yes", False: "no"})
    return table.assign(dep_time=table["dep_time"].where(table.index % 9 > 0), late=late)


def write_tables(folder: Path) -> None:
    """`flights` as CSV, as Parquet with more rows, and compressed with other rows; `later.csv` is to be predicted."""
    _flights(0, ROWS).to_csv(folder / "flights.csv", index=False)
    _flights(1, ROWS + 20).to_parquet(folder / "flights.parquet", index=False)
    text = _flights(2, ROWS).to_csv(index=False)
    (folder / "flights.csv.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
    _flights(3, ROWS // 2).to_csv(folder / "later.csv", index=False)


def write_months(folder: Path) -> None:
    """One Parquet file a month."""
    folder.mkdir()
    for month in MONTHS:
        path = folder / f"2013-{month:02d}.parquet"
        _flights(3 + month, ROWS_OF_A_MONTH).assign(month=month).to_parquet(path, index=False)
        os.utime(path, (CHANGED_AT, CHANGED_AT))


def write_models(folder: Path) -> None:
    """In skops a tree, whose types are trusted, and three that are not; a linear model as a pickle."""
    table = _flights(0, ROWS)
    examples = table[NUMBERS].astype(float), table["late"]
    skops.io.dump(DecisionTreeClassifier(max_depth=2, random_state=0).fit(*examples), folder / "tree.skops")
    for neighbors, name in enumerate(("near", "nearer", "nearest"), start=3):
        estimator = KNeighborsClassifier(neighbors, algorithm="kd_tree").fit(*examples)
        skops.io.dump(estimator, folder / f"{name}.skops")
    joblib.dump(LogisticRegression(max_iter=1000).fit(*examples), folder / "linear.joblib", compress=3)
