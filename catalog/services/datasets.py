"""Datasets: adding a table as a version, and reading one back."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from catalog.exceptions import InvalidData
from catalog.models import AuditEvent, Dataset, DatasetVersion
from catalog.models.names import check_name
from catalog.progress import Progress
from catalog.services.curation import describe_dataset
from catalog.services.manifests import keep_parent
from catalog.services.numbering import take_number
from catalog.services.storing import store_version
from catalog.storage.addresses import local_copy
from catalog.storage.digests import path_sha256
from catalog.storage.keys import dataset_file
from catalog.storage.tokens import new_upload_token


@dataclass(frozen=True)
class AddedDataset:
    """`created` is false when the version had been there before, with the same bytes."""

    version: DatasetVersion
    created: bool


def add_dataset(
    *,
    name: str,
    source: str,
    actor: str,
    description: str = "",
    column_types: Sequence[str] = (),
    unsigned: bool = False,
    progress: Progress | None = None,
) -> AddedDataset:
    """Add the table at `source`, a path or s3://bucket/key, as the next version of the dataset. Raises CatalogError.

    `column_types` are `column=type`; `unsigned` reads a public object without credentials.
    """
    progress = progress or Progress()
    check_name(name, "a dataset")
    with local_copy(source, unsigned=unsigned, progress=progress) as path:
        before = path.stat()
        with progress.step("hash", total=before.st_size, unit="bytes"):
            sha256 = path_sha256(path, on_bytes=progress.advance)
        present = DatasetVersion.objects.ready().filter(dataset__name=name, sha256=sha256).order_by("-number")
        if not column_types and (version := present.select_related("dataset").first()):
            return AddedDataset(version, created=False)
        described = _describe(path, source, column_types, progress)
        for version in present.select_related("dataset"):
            if version.schema == described["schema"]:
                return AddedDataset(version, created=False)
        if (path.stat().st_mtime_ns, path.stat().st_size) != (before.st_mtime_ns, before.st_size):
            raise InvalidData(f"{source} changed while it was read. Run the command again when it is complete.")
        recorded = {"sha256": sha256, "size_bytes": before.st_size, "source_uri": source, **described}
        version = _take_version(name, description, recorded, actor)
        store_version(version, path, verb=AuditEvent.Verb.DATASET_ADDED, actor=actor, progress=progress)
    return AddedDataset(version, created=True)


def _describe(path: Path, source: str, column_types: Sequence[str], progress: Progress) -> dict[str, object]:
    """Format, schema, number of rows and profile of the table, in two passes. Raises InvalidData."""
    from catalog.ml.inference import infer_types
    from catalog.ml.profile import first_rows, profile_table
    from catalog.ml.schema import column_type, parse_overrides
    from catalog.ml.tables import open_table

    table = open_table(path, source)
    overrides = parse_overrides(column_types, table.column_names)
    if table.column_types:
        types = {name: column_type(kind) for name, kind in table.column_types.items()}
    else:
        with progress.step("infer types", total=path.stat().st_size, unit="bytes"):
            types = infer_types(table, on_bytes=progress.advance)
    with progress.step("profile", total=path.stat().st_size, unit="bytes"):
        columns, rows, profile = profile_table(table, {**types, **overrides}, on_bytes=progress.advance)
    if rows == 0:
        raise InvalidData(f"{source} has a header but no rows.")
    return {
        "file_format": table.file_format,
        "schema": [column.as_json() for column in columns],
        "row_count": rows,
        "profile": profile,
        "first_rows": first_rows(table, table.column_names),
    }


def _take_version(name: str, description: str, recorded: dict[str, object], actor: str) -> DatasetVersion:
    """The PENDING row with its number and key, committed before anything is stored."""
    with transaction.atomic():
        dataset, created = Dataset.objects.get_or_create(name=name, defaults={"description": description})
        if created:
            keep_parent(dataset)
        elif description not in {"", dataset.description}:
            dataset = describe_dataset(dataset=dataset, description=description, actor=actor)
        number = take_number(dataset)
        key = dataset_file(name, number, str(recorded["sha256"]), str(recorded["file_format"]))
        return DatasetVersion.objects.create(
            dataset=dataset, number=number, file=key, upload_token=new_upload_token(), created_by=actor, **recorded
        )
