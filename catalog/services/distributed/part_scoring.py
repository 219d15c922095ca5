"""One part in one worker: fetched, verified, scored as on one machine, stored under its key."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from catalog.exceptions import (
    CatalogError,
    DigestMismatch,
    EngineError,
    EnvironmentMismatch,
    InvalidData,
    ObjectExists,
    StorageError,
)
from catalog.ml.prediction.scorer import Scorer
from catalog.ml.signature import Signature
from catalog.ml.tables.conversion.missing import MissingWords
from catalog.ml.tables.file_formats import FileFormat
from catalog.ml.tables.importing.plain_files import plain_file
from catalog.ml.tables.importing.sheet_request import SheetRequest
from catalog.ml.tables.read_options import ReadOptions
from catalog.ml.tables.reading import TableFile, open_table
from catalog.models import ModelVersion, RegisteredModel
from catalog.progress import Progress
from catalog.services.datasets.reading_request import ReadingRequest
from catalog.services.distributed.part_messages import Part, PartResult, PartTask
from catalog.services.distributed.worker_libraries import libraries
from catalog.services.prediction.loading import compare_here, load_cached
from catalog.services.prediction.scoring import open_new_table, score_table
from catalog.storage.digests import path_sha256, stored_sha256
from catalog.storage.folders import folder_at
from catalog.storage.interface import CatalogStorage, catalog_storage
from catalog.storage.sources import SourceFile, sparse_copy, unchanged_copy
from catalog.temporary_files import temporary_folder

SENT_FIELDS = (
    "number", "status", "archived_at", "trashed_at", "origin", "size_bytes", "sha256", "artifact_format", "signature",
    "approved_sha256", "approved_types",
)  # fmt: skip
MODULE_FIELDS = ("file", "sha256", "needed", "revision")


def sent_version(version: ModelVersion) -> dict[str, Any]:
    """The fields of the version that a worker needs to load it; of its own code no texts, which may be long."""
    modules = version.code.get("modules", {})
    return {
        **{name: getattr(version, name) for name in SENT_FIELDS},
        "artifact": version.stored_key,
        "environment": {name: version.environment.get(name, {}) for name in ("versions", "modules")},
        "code": {"modules": {name: {key: module[key] for key in MODULE_FIELDS} for name, module in modules.items()}},
        "name": version.registered_model.name,
    }


def _version(task: PartTask) -> ModelVersion:
    """The version as a row that is in no database: workers need none."""
    fields = dict(task.version)
    return ModelVersion(registered_model=RegisteredModel(name=fields.pop("name")), **fields)


def score(task: PartTask, part: Part) -> PartResult:
    """Store the predictions of the part, and say what came of it.

    Raises what may go well in another worker or later: EngineError and StorageError.
    """
    if task.libraries != libraries():
        raise EngineError(f"a worker runs {libraries()}, and this machine {dict(task.libraries)}")
    try:
        return _score(task, part)
    except ObjectExists as error:
        return PartResult(failure=f"{str(error).partition('. ')[0]}.", is_hopeless=True)
    except StorageError:
        raise
    except CatalogError as error:
        return PartResult(failure=str(error), is_hopeless=isinstance(error, InvalidData))


def _score(task: PartTask, part: Part) -> PartResult:
    version = _version(task)
    differences = _compare_worker(version, task)
    estimator = load_cached(version, allow_version_mismatch=task.allow_version_mismatch)
    scorer = Scorer(
        estimator,
        Signature.from_json(version.signature),
        tuple(task.id_columns),
        task.with_probabilities,
        version.environment.get("versions", {}),
    )
    with _open_part(task, part, scorer.signature.missing) as table, temporary_folder() as folder:
        result = folder / f"part.{task.file_format}"
        learned = None if task.learned is None else ReadOptions.from_json(task.learned)
        summary = score_table(scorer, table, result, FileFormat(task.file_format), learned)
        size_bytes, sha256 = _store(task, part, result)
        extra = scorer.extra_columns(table)
    done = PartResult(summary.rows, size_bytes, sha256, dict(summary.unseen_categories), extra, doubts=differences)
    if not table.is_new:
        return done
    doubts = [*differences, *summary.doubts]
    return replace(done, dialect=summary.dialect.as_json(), example=table.example, doubts=doubts)


def _compare_worker(version: ModelVersion, task: PartTask) -> list[str]:
    """What differs on this worker from what the version was made with. Raises EnvironmentMismatch."""
    try:
        allowed = task.allow_version_mismatch
        warnings = compare_here(version, allow_version_mismatch=allowed, offers_copies=False)
    except EnvironmentMismatch as error:
        raise EnvironmentMismatch(f"On a worker: {error}") from error
    return [f"On a worker: {warning}" for warning in warnings]


@contextmanager
def _open_part(task: PartTask, part: Part, missing: MissingWords) -> Iterator[TableFile]:
    """The part as a table on this machine; `missing` are the words of the signature. Raises SourceChanged and
    DigestMismatch."""
    file = SourceFile(part.uri, part.size_bytes, part.etag)
    if part.row_groups:
        with sparse_copy(file, part.ranges, unsigned=part.unsigned) as path:
            yield _open_table(task, part, path, part.uri)
        return
    with unchanged_copy(file, unsigned=part.unsigned, progress=Progress()) as path:
        if part.sha256 and (sha256 := path_sha256(path)) != part.sha256:
            raise DigestMismatch(f"{part.uri} has the SHA-256 {sha256}, expected {part.sha256}. It was not read.")
        with plain_file(path, part.uri, sheet=SheetRequest(missing=missing)) as plain:
            yield _open_table(task, part, plain.path, plain.address_in(part.uri))


def _open_table(task: PartTask, part: Part, path: Path, address: str) -> TableFile:
    """As the dataset that it is of was read, or as a new file."""
    if task.dataset is None:
        reading = ReadingRequest(**task.dialect)
        return open_new_table(path, part.uri, reading, address=address, row_groups=part.row_groups)
    reference, recorded = task.dataset
    options = ReadOptions.from_json(recorded)
    if part.sha256:  # a file of a dataset of many, which lies where it lay
        return open_table(path, part.uri, options, address=address)
    return open_table(path, reference, options, row_groups=part.row_groups)


def output_storage(task: PartTask) -> CatalogStorage:
    return folder_at(task.output) if task.output else catalog_storage()


def _store(task: PartTask, part: Part, result: Path) -> tuple[int, str]:
    """Size and SHA-256 of what lies under the part's key: that of this run which came first, as nothing is replaced."""
    storage, key, sha256 = output_storage(task), task.key(part.number), path_sha256(result)
    storage.put(key, result, upload_token=task.upload_token, sha256=sha256)
    stored = storage.stat(key)
    if stored.upload_token != task.upload_token:
        raise ObjectExists(f"{storage.uri(key)} belongs to another write. Choose another folder.")
    return stored.size_bytes, stored.sha256 or stored_sha256(storage, key)
