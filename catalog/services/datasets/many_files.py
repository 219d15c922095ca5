"""Datasets of many files: what is stored is the list of them; the files stay where they are and are never changed."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from shutil import copyfileobj
from typing import IO, Any

from catalog.exceptions import InvalidData
from catalog.ml.tables.file_formats import SUFFIXES, check_one_kind
from catalog.ml.tables.importing.plain_files import plain_file
from catalog.ml.tables.multi_file import agreed_types, file_types
from catalog.ml.tables.profile import first_rows, profile_table
from catalog.ml.tables.reading import open_table
from catalog.ml.tables.schema import parse_overrides
from catalog.models import DatasetVersion
from catalog.progress import Progress
from catalog.services.datasets.file_list import FileList, ListedFile
from catalog.services.datasets.opening import open_files_table, read_file_list
from catalog.storage.addresses import is_s3_uri
from catalog.storage.cache import file_cache
from catalog.storage.digests import path_sha256
from catalog.storage.sources import SourceFile, list_files, unchanged_copy


def list_source(source: str, unsigned: bool) -> list[SourceFile]:
    """The tables of the folder or pattern, all of text or all with types of their own. Raises InvalidRequest."""
    files = list_files(source, list(SUFFIXES), unsigned=unsigned)
    check_one_kind([file.uri for file in files], source)
    return files


def find_same_files(
    name: str, files: Sequence[SourceFile], unsigned: bool, progress: Progress
) -> DatasetVersion | None:
    """The newest version of the dataset, when it was made of these very files: then none has to be read."""
    versions = DatasetVersion.objects.ready().filter(dataset__name=name).select_related("dataset")
    newest = versions.order_by("-number").first()
    if newest is None or newest.file_format != DatasetVersion.Format.PARTS:
        return None
    listed = read_file_list(newest, progress)
    return newest if (listed.sources, listed.unsigned) == (list(files), unsigned) else None


def describe_files(
    files: Sequence[SourceFile], source: str, column_types: Sequence[str], unsigned: bool, progress: Progress
) -> tuple[FileList, dict[str, Any]]:
    """The list with each file's digest, and schema, number of rows and profile of all together, in two passes.

    Raises InvalidData when the files do not agree, SourceChanged when one changes meanwhile.
    """
    listed, types_by_file = _read_types(files, unsigned, progress)
    overrides = parse_overrides(column_types, list(types_by_file[0][1]))
    types = {**agreed_types(types_by_file, overrides), **overrides}
    table = open_files_table(listed, source, progress)
    with progress.step("profile", total=listed.total_bytes, unit="bytes"):
        columns, rows, profile = profile_table(table, types, on_bytes=progress.advance)
    if rows == 0:
        raise InvalidData(f"The files at {source} have no rows.")
    return listed, {
        "file_format": DatasetVersion.Format.PARTS,
        "schema": [column.as_json() for column in columns],
        "row_count": rows,
        "profile": profile,
        "first_rows": first_rows(table, table.column_names),
        "part_count": len(listed.files),
        "part_bytes": listed.total_bytes,
    }


def _read_types(
    files: Sequence[SourceFile], unsigned: bool, progress: Progress
) -> tuple[FileList, list[tuple[str, Mapping[str, Any]]]]:
    """Each file's digest and types; what was downloaded for that stays in the cache, as far as there is room."""
    listed: list[ListedFile] = []
    types_by_file: list[tuple[str, Mapping[str, Any]]] = []
    with progress.step("read", total=len(files), unit="files"):
        for file in files:
            with unchanged_copy(file, unsigned=unsigned, progress=progress) as path:
                sha256 = path_sha256(path)
                with plain_file(path, file.uri) as plain:
                    types_by_file.append((file.uri, file_types(open_table(plain.path, file.uri))))
                if is_s3_uri(file.uri):
                    file_cache().open(sha256, fetch=partial(_copy, path), described=file.uri).handle.close()
            listed.append(ListedFile(file.uri, file.size_bytes, file.etag, sha256))
            progress.advance(1)
    return FileList(listed, unsigned), types_by_file


def _copy(path: Path, target: IO[bytes]) -> None:
    with path.open("rb") as source:
        copyfileobj(source, target)
