"""What a prediction in parts reads: files of a folder or a pattern, of a dataset, or the row groups of one file."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from catalog.exceptions import InvalidRequest
from catalog.ml.prediction.scorer import NO_PROBABILITIES
from catalog.ml.tables.file_formats import SUFFIXES, FileFormat
from catalog.ml.tables.row_groups import MAGIC_BYTES, TAIL_BYTES, adjacent_row_groups, footer_start
from catalog.models import DatasetVersion, ModelVersion
from catalog.progress import Progress
from catalog.services.datasets.file_kinds import find_file_format, have_types
from catalog.services.datasets.opening import read_file_list
from catalog.services.datasets.reading_request import ReadingRequest
from catalog.services.distributed.part_messages import Part
from catalog.services.prediction.prediction_request import DATASET_PREFIX, STANDARD_STREAM, PredictionRequest
from catalog.services.registry.references import get_dataset_version
from catalog.storage.folders import check_folder
from catalog.storage.interface import catalog_storage
from catalog.storage.sources import SourceFile, check_all_unchanged, list_files, names_many, sparse_copy, stat_file

MIB = 1024 * 1024
PART_BYTES = 128 * MIB


@dataclass(frozen=True)
class PlannedInput:
    """`sha256` is the dataset's, or that of the list of parts with their sizes and ETags."""

    parts: list[Part]
    sha256: str
    file_format: str
    dataset_version: DatasetVersion | None = None


def check_in_parts(request: PredictionRequest) -> None:
    """Raises InvalidRequest for what can't be done in parts."""
    if STANDARD_STREAM in {request.source, request.output}:
        raise InvalidRequest("`engine` dask reads and writes many files at once: standard streams are for one process.")
    if request.output:
        check_folder(request.output)
    if request.dialect and request.source.startswith(DATASET_PREFIX):
        raise InvalidRequest(f"`{next(iter(request.dialect))}` is for new files, and {request.source} is none.")
    if request.sheet:
        raise InvalidRequest("`sheet` is for one workbook: leave it out with `engine` dask.")
    if request.code_from_version:
        raise InvalidRequest("`code_from_version` is for one process: with `engine` dask each worker needs the module.")
    if request.escape_formulas:
        raise InvalidRequest("`escape_formulas` is for one file: leave it out with `engine` dask.")
    if len(set(request.id_columns)) != len(request.id_columns):
        raise InvalidRequest("`id_columns` names a column twice.")


def check_probabilities(request: PredictionRequest, version: ModelVersion) -> None:
    """Raises InvalidRequest where the version predicts several columns, which have none."""
    if request.with_probabilities and version.signature.get("other_outputs"):
        raise InvalidRequest(NO_PROBABILITIES)


def plan_input(request: PredictionRequest, part_bytes: int = PART_BYTES) -> PlannedInput:
    """The parts as they are now. Raises InvalidRequest, InvalidData, NotFound or StorageError."""
    dataset = None
    if request.source.startswith(DATASET_PREFIX):
        dataset = get_dataset_version(request.source.removeprefix(DATASET_PREFIX))
        parts = _parts_of(dataset, part_bytes)
    elif names_many(request.source):
        parts = _files(request.source)
    else:
        parts = _row_groups(stat_file(request.source), part_bytes)
    files = [SourceFile(part.uri, part.size_bytes, part.etag) for part in parts]
    is_parquet = have_types(files, request.source, unsigned=parts[0].unsigned)
    if is_parquet:
        ReadingRequest(**request.dialect).check_no_dialect(request.source)
    output_format = FileFormat.PARQUET if is_parquet else FileFormat.CSV
    return PlannedInput(parts, dataset.sha256 if dataset else _digest(parts), output_format, dataset)


def _parts_of(dataset: DatasetVersion, part_bytes: int) -> list[Part]:
    if dataset.file_format != DatasetVersion.Format.PARTS:
        return _row_groups(stat_file(catalog_storage().uri(dataset.stored_key)), part_bytes)
    listed = read_file_list(dataset, Progress())
    check_all_unchanged(listed.sources, unsigned=listed.unsigned)
    return [
        Part(number, file.uri, file.size_bytes, file.etag, file.sha256, listed.unsigned)
        for number, file in enumerate(listed.files)
    ]


def _files(address: str) -> list[Part]:
    files = list_files(address, list(SUFFIXES))
    return [Part(number, file.uri, file.size_bytes, file.etag) for number, file in enumerate(files)]


def _row_groups(file: SourceFile, part_bytes: int) -> list[Part]:
    """The file in parts of about `part_bytes`; a CSV file, which nobody can enter in the middle, in one."""
    if find_file_format(file) is not FileFormat.PARQUET:
        return [Part(0, file.uri, file.size_bytes, file.etag)]
    return [
        Part(number, file.uri, file.size_bytes, file.etag, row_groups=groups, ranges=tuple(ranges))
        for number, (groups, ranges) in enumerate(_neighbours(file, part_bytes))
    ]


def _neighbours(file: SourceFile, part_bytes: int) -> Iterator[tuple[tuple[int, ...], list[tuple[int, int]]]]:
    """Numbers of row groups, and the bytes to read for them: the magic number, their own, and the footer."""
    end = file.size_bytes
    with sparse_copy(file, [(max(end - TAIL_BYTES, 0), end)]) as path:
        footer = footer_start(path, end, file.uri)
    with sparse_copy(file, [(footer, end)]) as path:
        for group in adjacent_row_groups(path, file.uri, part_bytes):
            yield group.numbers, [(0, MAGIC_BYTES), (group.first_byte, group.end_byte), (footer, end)]


def _digest(parts: Sequence[Part]) -> str:
    return hashlib.sha256(json.dumps([part.as_json() for part in parts], sort_keys=True).encode()).hexdigest()
