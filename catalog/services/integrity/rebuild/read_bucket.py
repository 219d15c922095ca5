"""The manifests of a bucket, each read once and checked before anything is made of it."""

from collections.abc import Mapping
from typing import Any

from catalog.exceptions import AccessDenied, CatalogError
from catalog.progress import Progress
from catalog.services.integrity import row_batches
from catalog.services.integrity.findings import Finding, FindingKind
from catalog.services.integrity.object_reader import ObjectReader
from catalog.services.integrity.rebuild.admission import check_admissible
from catalog.services.integrity.rebuild.bucket_records import BucketRecords
from catalog.services.integrity.rebuild.record_kinds import kind_of
from catalog.storage.keys import Place, place_of

ADVICE = "Restore it from the bucket's earlier versions or a backup, then run rebuild_catalog again"


def read_bucket(records: BucketRecords, reader: ObjectReader, progress: Progress) -> int:
    """Add all manifests to `records`; what is wrong with them becomes findings. Returns how many objects there are.

    Raises AccessDenied where the keys may not list, StorageError when the storage can't be read.
    """
    try:
        with progress.step("list"):
            count = records.objects.fill(reader.storage.walk(""))
    except AccessDenied as error:
        raise AccessDenied(
            "A rebuild has to list the bucket, and these keys may not: allow s3:ListBucket for it. "
            "`manage.py check_storage` shows what is permitted."
        ) from error
    with progress.step("read manifests", total=count, unit="objects"):
        for keys in records.objects.batches(row_batches.BATCH):
            _read_manifests(records, reader, keys)
            progress.advance(len(keys))
    return count


def _read_manifests(records: BucketRecords, reader: ObjectReader, keys: list[str]) -> None:
    places = {key: place for key in keys if (place := place_of(key)) and place.is_manifest}
    for key, manifest in reader.manifests(places).items():
        if problem := manifest.problem or _add(records, places[key], manifest.values or {}):
            kind = FindingKind.MANIFEST_UNSIGNED if manifest.is_unsigned else FindingKind.MANIFEST_ALTERED
            place = places[key]
            records.findings.append(Finding(kind, place.reference, f"{reader.storage.uri(key)}: {problem}", ADVICE))
            records.unreadable[kind_of(place)].add(place.reference)


def _add(records: BucketRecords, place: Place, values: Mapping[str, Any]) -> str:
    """Take the manifest in; or why not."""
    try:
        check_admissible(place, values)
        return "" if records.add(place, values) else "another manifest tells of the same"
    except CatalogError as error:
        return str(error)
