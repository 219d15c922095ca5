"""Datasets: adding a table as a version, and reading one back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from catalog.conf import catalog_settings
from catalog.exceptions import CatalogError, InvalidData, InvalidRequest
from catalog.ml.tables.files.column_names import clean_name
from catalog.ml.tables.files.partitions import partition_values
from catalog.ml.tables.importing.plain_files import plain_file
from catalog.ml.tables.queries.databases import Database, find_database, names_database
from catalog.ml.tables.queries.query_reading import read_query, table_query
from catalog.ml.tables.read_options import ReadOptions
from catalog.models import AuditEvent, Dataset, DatasetVersion
from catalog.models.names import check_name
from catalog.progress import Progress
from catalog.services.datasets.many_files import describe_files, find_same_files, is_read_as_usual, list_source
from catalog.services.datasets.reading_request import ReadingRequest
from catalog.services.datasets.table_record import TableRecord, describe_file
from catalog.services.persistence.manifests import queue_parent_manifest
from catalog.services.persistence.numbers import take_number
from catalog.services.persistence.writes import store_version
from catalog.services.registry.curation import describe_dataset
from catalog.storage.addresses import absolute_address, local_file
from catalog.storage.digests import path_sha256
from catalog.storage.interface import new_upload_token
from catalog.storage.keys import dataset_file
from catalog.storage.sources import names_many
from catalog.temporary_files import temporary_folder


class AlreadyAdded(CatalogError):
    """Somebody added the same table while this one was read or stored."""

    def __init__(self, version: DatasetVersion) -> None:
        super().__init__(f"{version.reference}, which was added at the same time, holds the same table.")
        self.version = version


@dataclass(frozen=True)
class AddedDataset:
    """`created` is false when the version had been there before, with the same bytes read in the same way. `notes` is
    what people should hear of how the table was read, one line each."""

    version: DatasetVersion
    created: bool
    notes: Sequence[str] = ()


def add_dataset(
    *,
    name: str,
    source: str,
    actor: str,
    description: str = "",
    reading: ReadingRequest | None = None,
    sheet: str = "",
    query: str = "",
    table: str = "",
    unsigned: bool = False,
    progress: Progress | None = None,
) -> AddedDataset:
    """Add the table at `source` as the next version of the dataset. Raises CatalogError.

    It is a path, s3://bucket/key or a database: postgresql://…, sqlite:///path or env:NAME, a variable that holds such
    an address. Of a database `query`, or `table` as schema.name, is read. A folder or a pattern names a table of many
    files, of which the version holds the list. `description` is the dataset's, and where it has one already the note of
    this version. `reading` is how it is to be read, as far as people say it; `sheet` is
    the one to read of a workbook; `unsigned` reads a public object without credentials.
    """
    progress = progress or Progress()
    check_name(name, "a dataset")
    reading = reading or ReadingRequest()
    if query or table or names_database(source):
        return _add_query(name, find_query(source, query, table), actor, description, reading, progress)
    if names_many(source):
        if sheet:
            raise InvalidRequest("`sheet` is for one workbook, and not for a table of many files.")
        return _add_files(name, source, actor, description, reading, unsigned, progress)
    with local_file(source, unsigned=unsigned, progress=progress) as file:
        before = _state(file.path)
        with plain_file(file.path, source, sheet=reading.sheet(sheet)) as plain:
            path, size = plain.path, plain.path.stat().st_size
            with progress.step("hash", total=size, unit="bytes"):
                known = file.sha256 if path == file.path else ""
                sha256 = known or path_sha256(path, on_bytes=progress.advance)
            address = plain.address_in(absolute_address(source))
            if reading.is_usual and (version := _find_same_bytes(name, sha256, address)):
                return AddedDataset(version, created=False, notes=plain.notes)
            record = describe_file(path, source, reading.of_table(plain), progress, address=address)
            if _state(file.path) != before:
                raise InvalidData(f"{source} changed while it was read. Run the command again when it is complete.")
            of_file = {"sha256": sha256, "size_bytes": size, "source_uri": source}
            added = _store(name, path, description, record, of_file, actor, progress)
            return replace(added, notes=[*plain.notes, *added.notes])


def _state(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_size


def find_query(source: str, query: str, table: str) -> tuple[Database, str]:
    """The database and the query. Raises InvalidRequest."""
    if not names_database(source):
        raise InvalidRequest("`query` and `table` ask a database: its address begins with postgresql:// or sqlite:///.")
    if bool(query) == bool(table):
        raise InvalidRequest("Say `query` or `table`, one of them: what to read from the database.")
    return find_database(source, catalog_settings().read_variable), query or table_query(table)


def _add_query(
    name: str,
    asked: tuple[Database, str],
    actor: str,
    description: str,
    reading: ReadingRequest,
    progress: Progress,
) -> AddedDataset:
    """The rows as they are now; the version records the query, the server and the time."""
    with temporary_folder() as folder:
        path, database = folder / "query.parquet", asked[0]
        with progress.step("query", unit="bytes"):
            result = read_query(*asked, path, progress.advance)
        sha256 = path_sha256(path)
        if reading.is_usual and (version := _find_same_bytes(name, sha256)):
            return AddedDataset(version, created=False, notes=result.notes)
        record = describe_file(path, "the query", reading, progress)
        of_file: dict[str, Any] = {"sha256": sha256, "size_bytes": path.stat().st_size, "source_uri": database.shown}
        of_file["source"] = result.lineage.as_json()
        added = _store(name, path, description, record, of_file, actor, progress)
        return replace(added, notes=[*result.notes, *added.notes])


def _add_files(
    name: str,
    source: str,
    actor: str,
    description: str,
    reading: ReadingRequest,
    unsigned: bool,
    progress: Progress,
) -> AddedDataset:
    with progress.step("list"):
        files = list_source(source, unsigned)
    if reading.is_usual and (version := find_same_files(name, files, unsigned, progress)):
        return AddedDataset(version, created=False)
    listed, record = describe_files(files, source, reading, unsigned, progress)
    with temporary_folder() as folder:
        path = folder / "files.json"
        path.write_bytes(listed.as_bytes())
        of_file = {"sha256": path_sha256(path), "size_bytes": path.stat().st_size, "source_uri": source}
        return _store(name, path, description, record, of_file, actor, progress)


def _store(
    name: str,
    path: Path,
    description: str,
    record: TableRecord,
    of_file: dict[str, Any],
    actor: str,
    progress: Progress,
) -> AddedDataset:
    try:
        version = _take_version(name, description, {**of_file, **record.fields}, actor)
        guard = partial(_require_new, name, version.sha256, version)
        store_version(version, path, verb=AuditEvent.Verb.DATASET_ADDED, actor=actor, progress=progress, guard=guard)
    except AlreadyAdded as error:
        return AddedDataset(error.version, created=False)
    return AddedDataset(version, created=True, notes=record.notes)


def _same_bytes(name: str, sha256: str) -> QuerySet[DatasetVersion]:
    """Versions of the dataset that hold these bytes, newest first."""
    versions = DatasetVersion.objects.ready().filter(dataset__name=name, sha256=sha256)
    return versions.select_related("dataset").order_by("-number")


def _find_same_bytes(name: str, sha256: str, address: str = "") -> DatasetVersion | None:
    """The newest version that holds these bytes, if it was read as tables are read now, and its folders held the same
    columns."""
    version = _same_bytes(name, sha256).first()
    return version if version and is_read_as_usual(version) and _has_folders_of(address, version) else None


def _has_folders_of(address: str, version: DatasetVersion) -> bool:
    recorded = _options(version).partitions
    in_file = set(version.column_names) - recorded.keys()
    found = {clean_name(key): value for key, value in partition_values(address).items()}
    return recorded == {name: value for name, value in found.items() if name not in in_file}


def _take_version(name: str, description: str, recorded: dict[str, Any], actor: str) -> DatasetVersion:
    """The PENDING row with its number and key, committed before anything is stored. Raises AlreadyAdded."""
    with transaction.atomic():
        dataset, created = Dataset.objects.get_or_create(name=name, defaults={"description": description})
        if created:
            queue_parent_manifest(dataset)
        elif description and not dataset.description:
            dataset = describe_dataset(dataset=dataset, description=description, actor=actor)
        notes = "" if description == dataset.description else description
        _require_new(name, recorded["sha256"], DatasetVersion(**recorded))
        number = take_number(dataset)
        key = dataset_file(name, number, recorded["sha256"], recorded["file_format"])
        return DatasetVersion.objects.create(
            dataset=dataset,
            number=number,
            file=key,
            notes=notes,
            upload_token=new_upload_token(),
            created_by=actor,
            **recorded,
        )


def _require_new(name: str, sha256: str, added: DatasetVersion) -> None:
    """Under the dataset's lock, which the transaction keeps: raises AlreadyAdded when others added the same table."""
    Dataset.objects.select_for_update().get(name=name)
    for version in _same_bytes(name, sha256):
        if version.schema == added.schema and _options(version) == _options(added):
            raise AlreadyAdded(version)


def _options(version: DatasetVersion) -> ReadOptions:
    return ReadOptions.from_json(version.read_options)
