"""Datasets of many files: what is stored is the list of them; the files stay where they are and are never changed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from shutil import copyfileobj
from typing import IO

from catalog.exceptions import InvalidData
from catalog.ml.tables.dialects.dialect import Dialect
from catalog.ml.tables.file_formats import SUFFIXES
from catalog.ml.tables.importing.plain_files import plain_file
from catalog.ml.tables.importing.sheet_request import SheetRequest
from catalog.ml.tables.multi_file import FileTypes, agreed_types, file_types
from catalog.ml.tables.profiling.inference import infer_columns, infer_partitions
from catalog.ml.tables.profiling.profile import profile_table
from catalog.ml.tables.read_options import ReadOptions
from catalog.ml.tables.reading import open_table
from catalog.ml.tables.shared_dialect import SharedDialect
from catalog.models import DatasetVersion
from catalog.progress import Progress
from catalog.services.datasets.file_kinds import have_types
from catalog.services.datasets.file_list import FileList, ListedFile
from catalog.services.datasets.opening import open_files_table, read_file_list
from catalog.services.datasets.reading_request import ReadingRequest
from catalog.services.datasets.table_record import TableRecord, describe_typed, drop_index_columns, make_record
from catalog.storage.addresses import is_s3_uri
from catalog.storage.cache import file_cache
from catalog.storage.digests import path_sha256
from catalog.storage.sources import SourceFile, list_files, unchanged_copy


def list_source(source: str, unsigned: bool) -> list[SourceFile]:
    """The tables of the folder or pattern, all of text or all with types of their own. Raises InvalidRequest."""
    files = list_files(source, list(SUFFIXES), unsigned=unsigned)
    have_types(files, source, unsigned=unsigned)
    return files


def find_same_files(
    name: str, files: Sequence[SourceFile], unsigned: bool, progress: Progress
) -> DatasetVersion | None:
    """The newest version of the dataset, when it was made of these very files: then none has to be read."""
    versions = DatasetVersion.objects.ready().filter(dataset__name=name).select_related("dataset")
    newest = versions.order_by("-number").first()
    if newest is None or newest.file_format != DatasetVersion.Format.PARTS or not is_read_as_usual(newest):
        return None
    listed = read_file_list(newest, progress)
    return newest if (listed.sources, listed.unsigned) == (list(files), unsigned) else None


def is_read_as_usual(version: DatasetVersion) -> bool:
    """Whether it was read as a table is that nobody gives options for: not as in earlier versions of this program."""
    options = ReadOptions.from_json(version.read_options)
    is_plain = "dialect" in version.read_options and options.dialect == Dialect()
    return is_plain and options.missing == ReadOptions().missing


def describe_files(
    files: Sequence[SourceFile], source: str, reading: ReadingRequest, unsigned: bool, progress: Progress
) -> tuple[FileList, TableRecord]:
    """The list with each file's digest, and what is recorded of all together as one table, in two passes.

    Raises InvalidData when the files do not agree, SourceChanged when one changes meanwhile.
    """
    options = reading.options
    shared = SharedDialect()
    listed, types_by_file, partitions = _read_types(files, options, reading, unsigned, progress, shared)
    dialect, asked = shared.settle()
    options = replace(options, dialect=dialect)
    table = open_files_table(listed, source, options, progress)
    overrides = reading.check_columns(options, table.column_names)
    table = table.without([name for name in table.index_columns if name not in overrides])
    types = {**agreed_types(types_by_file, overrides), **infer_partitions(partitions)}
    fields = {
        "file_format": DatasetVersion.Format.PARTS,
        "part_count": len(listed.files),
        "part_bytes": listed.total_bytes,
    }
    if not table.is_csv:
        return listed, describe_typed(table, types, overrides, reading, progress, listed.total_bytes, **fields)
    reading.check_formats_used(table.dialect)
    with progress.step("profile", total=listed.total_bytes, unit="bytes"):
        description = profile_table(table, {**types, **overrides}, on_bytes=progress.advance)
    return listed, make_record(table, description, {}, overrides, list(asked.values()), **fields)


def _read_types(
    files: Sequence[SourceFile],
    options: ReadOptions,
    reading: ReadingRequest,
    unsigned: bool,
    progress: Progress,
    shared: SharedDialect,
) -> tuple[FileList, list[tuple[str, FileTypes]], list[Mapping[str, str | None]]]:
    """Each file's digest, types, and what its folders hold; what was downloaded for that stays in the cache, as far as
    there is room. `shared` learns how they are written."""
    listed: list[ListedFile] = []
    types: list[tuple[str, FileTypes]] = []
    partitions: list[Mapping[str, str | None]] = []
    is_csv: bool | None = None
    with progress.step("read", total=len(files), unit="files"):
        for file in files:
            with unchanged_copy(file, unsigned=unsigned, progress=progress) as path:
                sha256 = path_sha256(path)
                with plain_file(path, file.uri, sheet=SheetRequest(missing=options.missing)) as plain:
                    table = open_table(plain.path, file.uri, options, address=plain.address_in(file.uri))
                    table = drop_index_columns(table, reading.check_columns(options, table.column_names))
                    is_csv = table.is_csv if is_csv is None else is_csv
                    if table.is_csv != is_csv:
                        raise InvalidData(f"{file.uri} and {files[0].uri} are not both CSV, or both with types.")
                    columns = infer_columns(table, given=options.request.formats) if table.is_csv else {}
                    shared.add(table, columns)
                    types.append((file.uri, file_types(table, types[0][1] if types else {}, columns)))
                    partitions.append(table.partitions)
                if is_s3_uri(file.uri):
                    file_cache().open(sha256, fetch=partial(_copy, path), described=file.uri).handle.close()
            listed.append(ListedFile(file.uri, file.size_bytes, file.etag, sha256))
            progress.advance(1)
    check_same_partitions(listed, partitions)
    return FileList(listed, unsigned), types, partitions


def check_same_partitions(listed: Sequence[ListedFile], partitions: Sequence[Mapping[str, str | None]]) -> None:
    """Raises InvalidData unless the folders of all files hold the same columns."""
    for file, values in zip(listed, partitions, strict=True):
        if values.keys() != partitions[0].keys():
            raise InvalidData(
                f"{file.uri} lies in folders of {', '.join(values) or 'no column'}, and {listed[0].uri} in folders of "
                f"{', '.join(partitions[0]) or 'no column'}. All files need the same."
            )


def _copy(path: Path, target: IO[bytes]) -> None:
    with path.open("rb") as source:
        copyfileobj(source, target)
