"""The rows in a request's body: JSON of our own and of MLflow's shapes, and CSV."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from fastapi import HTTPException, Request

from catalog.conf import CatalogSettings
from catalog.exceptions import InvalidRequest, counted

Row = Mapping[str, Any]
TOO_LARGE = 413
SHAPES = "dataframe_split, dataframe_records, instances or inputs"


async def read_body(request: Request, settings: CatalogSettings) -> bytes:
    """The body. Raises HTTPException 413 as soon as it is longer than the settings allow."""
    chunks, size = [], 0
    async for chunk in request.stream():
        chunks.append(chunk)
        size += len(chunk)
        if size > settings.serving_bytes:
            raise HTTPException(TOO_LARGE, f"The request is larger than {settings.serving_bytes:,} bytes.")
    return b"".join(chunks)


def parse_json(body: bytes) -> Any:
    """Raises InvalidRequest for what is no JSON, which has neither NaN nor Infinity."""
    try:
        return orjson.loads(body)
    except ValueError as error:
        raise InvalidRequest(f"The body is not JSON: {error}. A missing value is null.") from error


def rows_of(values: Any) -> list[Row]:
    """From `{"rows": [{…}]}`, a list of objects, or one object. Raises InvalidRequest."""
    if isinstance(values, dict) and isinstance(values.get("rows"), list):
        values = values["rows"]
    rows = [values] if isinstance(values, dict) else values
    return _objects(rows, 'Give {"rows": [{…}, …]}, a list of objects, or one object.')


def _objects(rows: Any, advice: str) -> list[Row]:
    if not isinstance(rows, list):
        raise InvalidRequest(f"The body holds no rows. {advice}")
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise InvalidRequest(f"Row {number} is no object with a value for each field. {advice}")
    return rows


def invocation_rows(body: bytes, content_type: str) -> list[Row]:
    """From what MLflow's scoring server takes. Raises InvalidRequest."""
    if content_type.partition(";")[0].strip().lower() == "text/csv":
        return _csv_rows(body)
    values = parse_json(body)
    advice = f"Give one of {SHAPES}, with named columns."
    match values:
        case {"dataframe_split": {"columns": list() as columns, "data": list() as data}}:
            return _rows_of_lists(columns, data)
        case {"dataframe_records": list() as rows} | {"instances": list() as rows} | {"inputs": list() as rows}:
            return _objects(rows, advice)
        case {"inputs": dict() as columns} if all(isinstance(column, list) for column in columns.values()):
            if len({len(column) for column in columns.values()}) > 1:
                raise InvalidRequest("inputs: the columns are not of one length.")
            return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
    raise InvalidRequest(f"The body holds no rows. {advice}")


def _rows_of_lists(columns: Sequence[Any], data: Sequence[Any]) -> list[Row]:
    names = [str(column) for column in columns]
    for number, cells in enumerate(data, 1):
        if not isinstance(cells, list) or len(cells) != len(names):
            raise InvalidRequest(f"Row {number} has not one value for each of the {len(names)} columns.")
    if len(set(names)) != len(names):
        raise InvalidRequest("Two columns have one name.")
    return [dict(zip(names, cells, strict=True)) for cells in data]


def _csv_rows(body: bytes) -> list[Row]:
    try:
        header, *lines = [line for line in csv.reader(io.StringIO(body.decode("utf-8-sig")), strict=True) if line]
    except (ValueError, csv.Error) as error:
        raise InvalidRequest("The body is not CSV in UTF-8 with a first line of names.") from error
    return _rows_of_lists(header, lines)


def check_count(rows: Sequence[Row], settings: CatalogSettings) -> None:
    """Raises HTTPException 413 for more rows than the settings allow."""
    if len(rows) > settings.serving_rows:
        raise HTTPException(
            TOO_LARGE,
            f"{counted(len(rows), 'row')} in one request, and at most {settings.serving_rows:,} are answered.",
        )
