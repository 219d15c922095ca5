"""Rows in memory, of whichever library, as the frame that an estimator was fitted on: the contract that files have."""

import pandas as pd

from catalog.exceptions import InvalidData
from catalog.ml.signature import Signature


def convert_rows(rows: object, signature: Signature, *, source: str = "rows") -> pd.DataFrame:
    """The estimator's input, of shape (n_rows, n_features).

    Parameters
    ----------
    rows : pandas.DataFrame, polars.DataFrame, pyarrow.Table, list of dict, or dict
        Columns that the signature does not name are ignored. Of dicts each row names every feature; None is a missing
        value.
    signature : Signature
        Of the version that predicts.
    source : str
        What messages call the rows.

    Raises
    ------
    InvalidRequest
        `rows` is of another kind.
    InvalidData
        There are no rows, a feature is missing, or a cell does not fit; the message names column and row.
    """
    frame = signature.convert(rows, source=source).frame
    if frame.empty:
        raise InvalidData(f"{source} has no rows to predict.")
    return frame
