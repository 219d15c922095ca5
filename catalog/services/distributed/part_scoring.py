"""One part in one worker: fetched, verified, scored as on one machine, stored under its key."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from catalog.exceptions import CatalogError, DigestMismatch, EngineError, StorageError
from catalog.models import ModelVersion, RegisteredModel
from catalog.progress import Progress
from catalog.services.distributed.part_messages import Job, Part
from catalog.services.distributed.worker_tasks import libraries
from catalog.services.prediction.loading import load_once
from catalog.services.prediction.predict import score_table
from catalog.storage.digests import path_sha256, stored_sha256
from catalog.storage.folders import folder_at
from catalog.storage.interface import CatalogStorage, catalog_storage
from catalog.storage.sources import SourceFile, sparse_copy, unchanged_copy

if TYPE_CHECKING:
    from catalog.ml.tables.reading import TableFile

SENT_FIELDS = (
    "number", "status", "archived_at", "trashed_at", "origin", "size_bytes", "sha256", "artifact_format", "signature",
    "approved_sha256", "approved_types",
)  # fmt: skip


def sent_version(version: ModelVersion) -> dict[str, Any]:
    """The fields of the version that a worker needs to load it."""
    return {
        **{name: getattr(version, name) for name in SENT_FIELDS},
        "artifact": version.stored_key,
        "environment": {"versions": version.environment.get("versions", {})},
        "name": version.registered_model.name,
    }


def _version(job: Job) -> ModelVersion:
    """The version as a row that is in no database: workers need none."""
    fields = dict(job.version)
    return ModelVersion(registered_model=RegisteredModel(name=fields.pop("name")), **fields)


def score(job: Job, part: Part) -> dict[str, Any]:
    """Rows, bytes and SHA-256 of the stored part with what was counted, or `failure`.

    Raises what may go well in another worker or later: EngineError and StorageError.
    """
    if job.libraries != libraries():
        raise EngineError(f"a worker runs {libraries()}, and this machine {dict(job.libraries)}")
    try:
        return _score(job, part)
    except StorageError:
        raise
    except CatalogError as error:
        return {"failure": str(error)}


def _score(job: Job, part: Part) -> dict[str, Any]:
    from catalog.ml.features import Signature
    from catalog.ml.prediction.scorer import Scorer
    from catalog.ml.tables.file_formats import FileFormat

    version = _version(job)
    estimator = load_once(version, allow_version_mismatch=job.allow_version_mismatch)
    scorer = Scorer(estimator, Signature.from_json(version.signature), tuple(job.id_columns), job.with_probabilities)
    with _opened(part) as table, TemporaryDirectory(prefix="catalog-") as folder:
        result = Path(folder) / f"part.{job.file_format}"
        summary = score_table(scorer, table, result, FileFormat(job.file_format))
        size_bytes, sha256 = _store(job, part, result)
        extra = scorer.extra_columns(table)
    unseen = dict(summary.unseen_categories)
    return {"rows": summary.rows, "bytes": size_bytes, "sha256": sha256, "unseen": unseen, "extra": extra}


@contextmanager
def _opened(part: Part) -> "Iterator[TableFile]":
    """The part as a table on this machine. Raises SourceChanged, DigestMismatch."""
    from catalog.ml.tables.reading import open_table

    file = SourceFile(part.uri, part.size_bytes, part.etag)
    if part.row_groups:
        with sparse_copy(file, part.ranges, unsigned=part.unsigned) as path:
            yield open_table(path, part.uri, part.row_groups)
        return
    with unchanged_copy(file, unsigned=part.unsigned, progress=Progress()) as path:
        if part.sha256 and (found := path_sha256(path)) != part.sha256:
            raise DigestMismatch(f"{part.uri} has the SHA-256 {found}, expected {part.sha256}. It was not read.")
        yield open_table(path, part.uri)


def output_storage(job: Job) -> CatalogStorage:
    return folder_at(job.output) if job.output else catalog_storage()


def _store(job: Job, part: Part, result: Path) -> tuple[int, str]:
    """Size and SHA-256 of what lies under the part's key: that of this run which came first, as nothing is replaced."""
    storage, key, sha256 = output_storage(job), job.key(part.number), path_sha256(result)
    storage.put(key, result, upload_token=job.upload_token, sha256=sha256)
    found = storage.stat(key)
    if found.upload_token != job.upload_token:
        raise StorageError(f"{storage.uri(key)} belongs to another write. Choose another folder.")
    return found.size_bytes, found.sha256 or stored_sha256(storage, key)
