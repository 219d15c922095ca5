"""What is said when an estimator refuses rows: which, why, and the versions that may be why."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

import pandas as pd

from catalog.exceptions import CatalogError, InvalidData
from catalog.ml.artifacts.environment import explain_refusal
from catalog.ml.features import find_infinity

NOT_KNOWN: Mapping[str, str] = MappingProxyType({})


def refused_rows(
    frame: pd.DataFrame, error: Exception, *, before: int = 0, trained_with: Mapping[str, str] = NOT_KNOWN
) -> str:
    """Why the estimator refuses the rows, of shape (n_rows, n_features), which come after so many others."""
    if infinite := find_infinity(frame):
        name, position = infinite
        return f"The estimator refuses row {before + position + 1}: column {name!r} is infinite in it."
    explanation = explain_refusal(error, trained_with)
    return f"The estimator refuses rows {before + 1} to {before + len(frame)}: {explanation}"


@contextmanager
def explaining_refusals(trained_with: Mapping[str, str]) -> Iterator[None]:
    """Within it whatever an estimator raises becomes InvalidData, with the versions that may be why."""
    try:
        yield
    except CatalogError:
        raise
    except Exception as error:  # estimators raise whatever their authors chose
        raise InvalidData(f"The estimator refuses the rows: {explain_refusal(error, trained_with)}") from error
