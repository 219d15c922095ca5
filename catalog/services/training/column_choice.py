"""The columns that people named, as the dataset calls them."""

import csv
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from catalog.ml.tables.files.column_names import clean_name
from catalog.services.training.request import TrainingRequest, check_features, check_text


def name_columns(request: TrainingRequest, columns: Collection[str]) -> TrainingRequest:
    """The request with its columns by their names. Raises InvalidRequest for features that contradict themselves."""
    target, *others = split_names([request.target], columns) or [""]
    named = replace(
        request,
        target=target,
        other_targets=others,
        features=split_names(request.features, columns),
        drop=split_names(request.drop, columns),
        text=split_names(request.text, columns),
        sample_weight=_find(request.sample_weight, columns),
        split=":".join(filter(None, (request.split_kind, _find(request.split_column, columns)))),
    )
    check_features(named)
    check_text(named)
    return named


def split_names(given: Iterable[str], columns: Collection[str]) -> list[str]:
    """The columns in texts that name one each, or several with commas between: names may hold commas themselves, with
    or without quotes around them. What is no column stays as it was written."""
    return [name for text in given for name in _split(text, columns)]


def _split(text: str, columns: Collection[str]) -> Iterator[str]:
    quoted = [_find(piece, columns) for piece in next(csv.reader([text], skipinitialspace=True), [])]
    if _find(text, columns) in columns:
        yield _find(text, columns)
    elif all(name in columns for name in quoted):
        yield from quoted
    else:
        yield from _longest(text.split(","), columns)


def _longest(pieces: list[str], columns: Collection[str]) -> Iterator[str]:
    """From the left, as many pieces as together are a column."""
    while pieces:
        lengths = (count for count in range(len(pieces), 0, -1) if _find(",".join(pieces[:count]), columns) in columns)
        count = next(lengths, 1)
        if name := _find(",".join(pieces[:count]), columns):
            yield name
        pieces = pieces[count:]


def _find(text: str, columns: Collection[str]) -> str:
    """The column that the text names, perhaps with white space around it or with accents decomposed."""
    return text if text in columns else clean_name(text)
