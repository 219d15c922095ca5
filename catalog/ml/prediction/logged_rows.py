"""Requests and what was answered, as a table: for each row the time, every field as it came, and the prediction."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa

from catalog.ml.labels import label_text

NO_COLUMN = (pa.ArrowException, TypeError, ValueError, OverflowError)


@dataclass(frozen=True)
class LoggedRows:
    """A request that was answered: `predictions` has one value for each row, or one for each target in it,
    `probabilities` one for each class."""

    at: datetime
    rows: Sequence[Mapping[str, Any]]
    predictions: np.ndarray
    probabilities: np.ndarray | None = None


def logged_table(
    requests: Sequence[LoggedRows],
    features: Sequence[str],
    classes: Sequence[Any] = (),
    predictions: Sequence[str] = ("prediction",),
) -> pa.Table:
    """All rows of the requests, with the columns `answered_at`, the features, those of the predictions and, when some
    request asked for them, `probability_<class>`; where a feature has such a name, an underscore stands before the
    other's."""
    rows = [row for request in requests for row in request.rows]
    times = [request.at for request in requests for _ in request.rows]
    columns = {name: _as_array([row.get(name) for row in rows]) for name in features}
    answers: dict[str, pa.Array] = {
        "answered_at": pa.array(times, pa.timestamp("us", "UTC")),
        **_predicted(requests, predictions),
    }
    if any(request.probabilities is not None for request in requests):
        for at, label in enumerate(classes):
            answers[f"probability_{label_text(label)}"] = _probabilities(requests, at)
    named = {_free_name(name, columns): values for name, values in answers.items()}
    time_name, *others = named
    return pa.table({time_name: named[time_name], **columns, **{name: named[name] for name in others}})


def _predicted(requests: Sequence[LoggedRows], names: Sequence[str]) -> dict[str, pa.Array]:
    """By name the column of each target."""
    predicted = np.concatenate([request.predictions for request in requests])
    columns = predicted.T if predicted.ndim > 1 else [predicted]
    return {name: pa.array(column) for name, column in zip(names, columns, strict=True)}


def _as_array(cells: list[Any]) -> pa.Array:
    """As numbers, truths or texts; where requests sent several kinds, each cell as JSON."""
    try:
        return pa.array(cells)
    except NO_COLUMN:
        return pa.array([json.dumps(cell) for cell in cells])


def _probabilities(requests: Sequence[LoggedRows], at: int) -> pa.Array:
    """Of one class, with nulls for requests that did not ask."""
    cells: list[float | None] = []
    for request in requests:
        asked = request.probabilities
        cells += [None] * len(request.rows) if asked is None else asked[:, at].tolist()
    return pa.array(cells, pa.float64())


def _free_name(name: str, taken: Iterable[str]) -> str:
    while name in taken:
        name = f"_{name}"
    return name
