"""The input of a prediction as a file on this machine, with the table in it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from catalog.exceptions import InvalidRequest
from catalog.ml.tables.conversion.missing import MissingWords
from catalog.ml.tables.importing.plain_files import plain_file
from catalog.ml.tables.reading import TableFile
from catalog.models import DatasetVersion
from catalog.progress import Progress
from catalog.services.datasets.opening import open_dataset_table
from catalog.services.datasets.reading_request import ReadingRequest
from catalog.services.prediction.prediction_request import DATASET_PREFIX, STANDARD_STREAM, PredictionRequest
from catalog.services.prediction.scoring import open_new_table
from catalog.services.registry.references import get_dataset_version
from catalog.storage.addresses import absolute_address, local_file, spooled
from catalog.storage.sources import names_many


@dataclass(frozen=True)
class PredictionInput:
    path: Path
    name: str
    table: TableFile
    dataset_version: DatasetVersion | None = None
    sha256: str = ""
    data_bytes: int = 0


@contextmanager
def open_input(
    request: PredictionRequest, missing: MissingWords, stdin: IO[bytes] | None, progress: Progress
) -> Iterator[PredictionInput]:
    """`missing` are the words of the signature, `stdin` is read instead of the process's own.

    Raises InvalidRequest, InvalidData, NotFound and StorageError.
    """
    source, said = request.source, [*request.dialect, *(["sheet"] if request.sheet else [])]
    if said and (source.startswith(DATASET_PREFIX) or names_many(source)):
        raise InvalidRequest(f"`{said[0]}` is for one new file, and {source} is none.")
    if source.startswith(DATASET_PREFIX):
        dataset = get_dataset_version(source.removeprefix(DATASET_PREFIX))
        with open_dataset_table(dataset, progress) as table:
            yield PredictionInput(table.path, dataset.reference, table, dataset, dataset.sha256, dataset.data_bytes)
    elif names_many(source):
        raise InvalidRequest(f"{source} is many files. Predict them with `engine` dask, or add them as a dataset.")
    elif source == STANDARD_STREAM:
        with (
            spooled(stdin or sys.stdin.buffer) as path,
            _open_file(path, "standard input", "", request, missing) as opened,
        ):
            yield opened
    else:
        with (
            local_file(source, progress=progress) as file,
            _open_file(file.path, source, absolute_address(source), request, missing, file.sha256) as opened,
        ):
            yield opened


@contextmanager
def _open_file(
    path: Path, name: str, address: str, request: PredictionRequest, missing: MissingWords, sha256: str = ""
) -> Iterator[PredictionInput]:
    """The file, with the table in it; the receipt records the bytes of the file itself."""
    reading = ReadingRequest(**request.dialect)
    with plain_file(path, name, sheet=reading.sheet(request.sheet, missing)) as plain:
        table = open_new_table(
            plain.path, name, reading.of_table(plain), address=plain.address_in(address), partitions=request.partitions
        )
        yield PredictionInput(path, name, table, sha256=sha256, data_bytes=plain.path.stat().st_size)
