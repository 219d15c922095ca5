"""Columns are named alone or with commas between, and names may hold commas themselves."""

import pytest

from catalog.services.training.column_choice import split_names

COLUMNS = ["size, in m", "col,b", "k", "caf\u00e9"]


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (["size, in m"], ["size, in m"]),
        (['"size, in m"'], ["size, in m"]),
        (["size, in m,col,b"], ["size, in m", "col,b"]),
        (['k,"col,b"'], ["k", "col,b"]),
        (['k, "col,b"'], ["k", "col,b"]),
        (["k", "col,b"], ["k", "col,b"]),
        (["k, size, in m , cafe\u0301"], ["k", "size, in m", "caf\u00e9"]),
        (["k,,"], ["k"]),
        (["k,size"], ["k", "size"]),
        ([], []),
    ],
)
def test_the_columns_that_are_meant_are_found(given: list[str], named: list[str]) -> None:
    assert split_names(given, COLUMNS) == named
