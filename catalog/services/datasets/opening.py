"""A dataset version as a table on this machine: one verified file, or many that are fetched one after another."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO

from catalog.exceptions import DigestMismatch
from catalog.ml.tables.importing.plain_files import plain_file
from catalog.ml.tables.importing.sheet_request import SheetRequest
from catalog.ml.tables.multi_file import MultiFileTable
from catalog.ml.tables.read_options import ReadOptions
from catalog.ml.tables.reading import TableFile, open_table
from catalog.models import DatasetVersion
from catalog.progress import Progress
from catalog.services.datasets.file_list import FileList, ListedFile
from catalog.services.persistence.verified import open_verified
from catalog.storage.addresses import is_s3_uri
from catalog.storage.cache import file_cache
from catalog.storage.digests import path_sha256
from catalog.storage.sources import check_all_unchanged, fetch_file


@contextmanager
def open_dataset_table(version: DatasetVersion, progress: Progress) -> Iterator[TableFile]:
    """The version's table. Raises DigestMismatch, StorageError; of many files SourceChanged, before any is read."""
    options = ReadOptions.from_json(version.read_options)
    if version.file_format == DatasetVersion.Format.PARTS:
        listed = read_file_list(version, progress)
        check_all_unchanged(listed.sources, unsigned=listed.unsigned)
        yield open_files_table(listed, version.reference, options, progress)
        return
    with open_verified(version, progress) as cached:
        yield open_table(cached.path, version.reference, options)


def read_file_list(version: DatasetVersion, progress: Progress) -> FileList:
    """Of a table of many files."""
    with open_verified(version, progress) as cached:
        return FileList.read(cached.handle)


def open_files_table(listed: FileList, name: str, options: ReadOptions, progress: Progress) -> TableFile:
    """All files as one table, with the columns of the first."""
    first = next(tables := _open_files(FileList(listed.files[:1], listed.unsigned), options, progress))
    tables.close()
    return MultiFileTable(
        path=first.path,
        file_format=first.file_format,
        name=name,
        raw_names=first.raw_names,
        column_types=first.column_types,
        options=options,
        index_columns=first.index_columns,
        partitions=first.partitions,
        open_files=partial(_open_files, listed, options, progress),
    )


def _open_files(listed: FileList, options: ReadOptions, progress: Progress) -> Generator[TableFile, None, None]:
    for file in listed.files:
        sheet = SheetRequest(missing=options.missing)
        with (
            open_verified_file(file, listed.unsigned, progress) as path,
            plain_file(path, file.uri, sheet=sheet) as plain,
        ):
            yield open_table(plain.path, file.uri, options, address=plain.address_in(file.uri))


@contextmanager
def open_verified_file(file: ListedFile, unsigned: bool, progress: Progress) -> Iterator[Path]:
    """A path with the recorded bytes: from the cache or fetched into it; a file of this machine where it lies."""
    if not is_s3_uri(file.uri):
        if (sha256 := path_sha256(Path(file.uri))) != file.sha256:
            raise DigestMismatch(f"{file.uri} has the SHA-256 {sha256}, expected {file.sha256}. It was not read.")
        yield Path(file.uri)
        return

    def fetch(target: IO[bytes]) -> None:
        with progress.step("download", total=file.size_bytes, unit="bytes"):
            fetch_file(file.source, target, unsigned=unsigned, on_bytes=progress.advance)

    with file_cache().open(file.sha256, fetch=fetch, described=file.uri) as cached:
        yield cached.path
