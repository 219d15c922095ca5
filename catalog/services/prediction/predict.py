"""Prediction: from a reference and an input to an output with its receipt."""

import shutil
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING

from django.db import transaction

from catalog.changes import tell_kept, under_way
from catalog.exceptions import InvalidRequest
from catalog.ml.tables.conversion.missing import words_of_signature
from catalog.ml.tables.file_formats import FileFormat
from catalog.ml.tables.profiling.notes import dialect_note, narrow_note
from catalog.ml.tables.read_options import ReadOptions
from catalog.models import DatasetVersion, ModelVersion, Prediction
from catalog.progress import Progress
from catalog.services.persistence.manifests import queue_receipt_manifest
from catalog.services.persistence.writes import Guard, fail, finish, store_pending, unguarded
from catalog.services.prediction.background_imports import import_in_background
from catalog.services.prediction.loading import check_code_permitted, check_loadable, load_version
from catalog.services.prediction.prediction_input import PredictionInput, open_input
from catalog.services.prediction.prediction_request import STANDARD_STREAM, PredictionRequest, choose_format
from catalog.services.prediction.scoring import learned_options, score_table
from catalog.services.registry.curation import lock_in_use
from catalog.services.registry.references import get_model_version
from catalog.storage.addresses import publish
from catalog.storage.digests import path_sha256
from catalog.storage.interface import catalog_storage, new_upload_token
from catalog.storage.keys import prediction_output
from catalog.temporary_files import temporary_folder

if TYPE_CHECKING:
    from catalog.ml.prediction.scorer import Scorer, ScoreSummary


@dataclass(frozen=True)
class Predicted:
    receipt: Prediction
    version: ModelVersion
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def predict(
    *,
    request: PredictionRequest,
    actor: str,
    progress: Progress | None = None,
    stdin: IO[bytes] | None = None,
    stdout: IO[bytes] | None = None,
    guard: Guard[Prediction] = unguarded,
) -> Predicted:
    """Predict all rows of the input and put the result where the request says.

    The result is written to a temporary file first: a run that fails leaves no output and changes no old one.

    Parameters
    ----------
    request : PredictionRequest
        The version, the input and the output.
    actor : str
        Who predicts, for the receipt.
    progress : Progress, optional
        Is told the steps and the bytes read.
    stdin, stdout : binary file, optional
        Where `-` reads and writes; the process's own by default.
    guard : callable, optional
        Called with the receipt in the transaction that makes it READY, and may raise to refuse that.

    Returns
    -------
    Predicted
        The receipt, whose `row_count` is the rows written, the version, and what the user should be warned of.

    Raises
    ------
    CatalogError
        InvalidRequest, InvalidData, NotFound, NotReady, StorageError and what load_version() raises; the receipt, if
        there was one already, is then FAILED.
    """
    progress = progress or Progress()
    started = time.perf_counter()
    output_format = choose_format(request)
    version = get_model_version(request.reference)
    check_loadable(version)
    check_code_permitted(request.code_from_version)
    with (
        import_in_background("catalog.ml.artifacts.serialization", "catalog.ml.prediction.scorer"),
        temporary_folder() as folder,
        open_input(request, words_of_signature(version.signature), stdin, progress) as source,
    ):
        loaded = load_version(version, **request.leave, progress=progress)
        scorer = _scorer(request, version, loaded.estimator)
        result = folder / f"predictions.{output_format}"
        summary, extra = _score(scorer, source, result, output_format, learned_options(version), progress)
        receipt = _receipt(request, version, source, result, output_format, actor)
        receipt.row_count, receipt.extra_columns = summary.rows, extra
        receipt.unseen_categories = dict(summary.unseen_categories)
        receipt.seconds = round(time.perf_counter() - started, 4)
        _deliver(receipt, request, result, stdout or sys.stdout.buffer, progress, partial(guard, receipt))
        notes = dialect_note(summary.dialect, source.table.example) if source.table.is_new else []
        notes += summary.doubts
        if version.dataset_version and version.dataset_version.file_format != DatasetVersion.Format.PARQUET:
            notes += narrow_note(source.table, [feature.name for feature in scorer.signature.features])
    return Predicted(receipt, version, loaded.warnings, notes)


def _scorer(request: PredictionRequest, version: ModelVersion, estimator: object) -> "Scorer":
    from catalog.ml.prediction.scorer import Scorer
    from catalog.ml.signature import Signature

    if len(set(request.id_columns)) != len(request.id_columns):
        raise InvalidRequest("`id_columns` names a column twice.")
    signature = Signature.from_json(version.signature)
    trained_with = version.environment.get("versions", {})
    asked = (tuple(request.id_columns), request.with_probabilities)
    return Scorer(estimator, signature, *asked, trained_with, request.escape_formulas)


def _score(
    scorer: "Scorer",
    source: PredictionInput,
    result: Path,
    output_format: FileFormat,
    learned: ReadOptions | None,
    progress: Progress,
) -> "tuple[ScoreSummary, list[str]]":
    with progress.step("predict", total=source.data_bytes or source.path.stat().st_size, unit="bytes"):
        summary = score_table(scorer, source.table, result, output_format, learned, progress)
    return summary, scorer.extra_columns(source.table)


def _receipt(
    request: PredictionRequest,
    version: ModelVersion,
    source: PredictionInput,
    result: Path,
    output_format: FileFormat,
    actor: str,
) -> Prediction:
    """The unsaved receipt of the scored file."""
    identifier = uuid.uuid4()
    key = (
        ""
        if request.output
        else prediction_output(version.registered_model.stored_name, version.number, str(identifier), output_format)
    )
    return Prediction(
        id=identifier,
        model_version=version,
        model_sha256=version.sha256,
        input_uri=request.source,
        input_dataset_version=source.dataset_version,
        input_sha256=source.sha256 or path_sha256(source.path),
        output=key,
        output_uri=request.output or catalog_storage().uri(key),
        output_sha256=path_sha256(result),
        output_bytes=result.stat().st_size,
        upload_token="" if request.output else new_upload_token(),
        created_by=actor,
    )


def _deliver(
    receipt: Prediction,
    request: PredictionRequest,
    result: Path,
    stdout: IO[bytes],
    progress: Progress,
    guard: Callable[[], None],
) -> None:
    """Record the receipt as PENDING, put the result in its place, and make the receipt READY; FAILED on any error."""
    with transaction.atomic():
        if receipt.input_dataset_version:
            lock_in_use(receipt.input_dataset_version)
        lock_in_use(receipt.model_version)
        receipt.save(force_insert=True)
    if not request.output:
        store_pending(receipt, result, sha256=receipt.output_sha256, progress=progress, guard=guard)
        return
    try:
        if request.output == STANDARD_STREAM:
            with result.open("rb") as file:
                shutil.copyfileobj(file, stdout)
            stdout.flush()
        else:
            with under_way(f"write {request.output}"):
                publish(result, request.output)
            tell_kept(lambda: [f"{request.output} is written"])
        finish(receipt, guard=guard, finished=partial(queue_receipt_manifest, receipt))
    except BaseException as error:
        fail(receipt, str(error) or type(error).__name__)
        raise
