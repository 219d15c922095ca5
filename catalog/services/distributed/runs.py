"""Prediction in parts on a cluster: a run that can be stopped at any moment and goes on where it was."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.exceptions import CatalogError, EngineError, InvalidRequest, NotFound, ObjectExists, ObjectMissing
from catalog.models import ModelVersion, Prediction, PredictionPart
from catalog.progress import Progress
from catalog.services.distributed.cluster import connected
from catalog.services.distributed.finishing import finish_run
from catalog.services.distributed.part_messages import Job, Part
from catalog.services.distributed.part_planning import PART_BYTES, PlannedInput, check_in_parts, plan_input
from catalog.services.distributed.part_scoring import output_storage, sent_version
from catalog.services.distributed.run_pace import Pace
from catalog.services.distributed.scheduling import PartRunner
from catalog.services.distributed.worker_tasks import libraries
from catalog.services.prediction.loading import check_loadable
from catalog.services.prediction.predict import Predicted, PredictionRequest
from catalog.services.registry.curation import lock_in_use
from catalog.services.registry.references import get_model_version
from catalog.storage.folders import absolute
from catalog.storage.interface import catalog_storage, new_upload_token
from catalog.storage.keys import PARTS_LIST, parts_list, receipt_folder

if TYPE_CHECKING:
    from distributed import Client

ASKED_AT_ONCE = 8
FAILURES_SHOWN = 3
HOPELESS_FAILURES = 20


def predict_in_parts(
    *, request: PredictionRequest, actor: str, part_bytes: int = PART_BYTES, progress: Progress | None = None
) -> Predicted:
    """Predict all parts of the input on the cluster that DASK_SCHEDULER names. Raises CatalogError.

    When it stops before all parts are done, its receipt is STOPPED and resume_in_parts() goes on with it.
    """
    progress = progress or Progress()
    check_in_parts(request)
    version = get_model_version(request.reference)
    check_loadable(version)
    with progress.step("list the input"):
        planned = plan_input(request, part_bytes)
    with connected() as client:
        receipt = _begin(request, version, planned, actor)
        return _carry_on(receipt, client, progress)


def resume_in_parts(*, receipt: str, progress: Progress | None = None) -> Predicted:
    """Go on with a run that was stopped or killed. Raises NotFound, and what predict_in_parts() raises."""
    found = _unfinished(receipt)
    check_loadable(found.model_version)
    with connected() as client:
        Prediction.objects.filter(pk=found.pk).update(status=Prediction.Status.RUNNING, failure="")
        return _carry_on(found, client, progress or Progress())


def _unfinished(receipt: str) -> Prediction:
    related = Prediction.objects.select_related("model_version__registered_model", "input_dataset_version__dataset")
    try:
        found = related.filter(pk=receipt).first()
    except (ValidationError, ValueError) as error:
        raise InvalidRequest(f"--resume {receipt[:80]!r} is not the number of a receipt.") from error
    if found is None:
        raise NotFound(f"There is no receipt {receipt}.")
    if not found.is_unfinished:
        raise InvalidRequest(
            f"The receipt {receipt} is {found.status}: only a run in parts that was stopped can go on."
        )
    return found


def _begin(request: PredictionRequest, version: ModelVersion, planned: PlannedInput, actor: str) -> Prediction:
    """The RUNNING receipt with its parts, committed before any of them is predicted."""
    identifier = uuid.uuid4()
    key = "" if request.output else parts_list(version.registered_model.name, version.number, str(identifier))
    receipt = Prediction(
        id=identifier,
        model_version=version,
        model_sha256=version.sha256,
        input_uri=request.source,
        input_dataset_version=planned.dataset_version,
        input_sha256=planned.sha256,
        output=key,
        output_uri=absolute(request.output) or catalog_storage().uri(key),
        output_bytes=0,
        upload_token=new_upload_token(),
        row_count=0,
        seconds=0,
        options={
            "engine": "dask",
            "id_columns": list(request.id_columns),
            "with_probabilities": request.with_probabilities,
            "allow_version_mismatch": request.allow_version_mismatch,
            "format": planned.file_format,
        },
        part_count=len(planned.parts),
        status=Prediction.Status.RUNNING,
        created_by=actor,
    )
    _check_free(receipt)
    parts = [PredictionPart(prediction=receipt, number=part.number, source=part.as_json()) for part in planned.parts]
    with transaction.atomic():
        if planned.dataset_version:
            lock_in_use(planned.dataset_version)
        lock_in_use(version)
        receipt.save(force_insert=True)
        PredictionPart.objects.bulk_create(parts, batch_size=500)
    return receipt


def make_job(receipt: Prediction) -> Job:
    asked, version = receipt.options, receipt.model_version
    in_catalog = bool(receipt.stored_key)
    return Job(
        version=sent_version(version),
        output="" if in_catalog else receipt.output_uri,
        prefix=receipt_folder(version.registered_model.name, version.number, str(receipt.pk)) if in_catalog else "",
        upload_token=receipt.upload_token,
        file_format=asked["format"],
        id_columns=tuple(asked["id_columns"]),
        with_probabilities=asked["with_probabilities"],
        allow_version_mismatch=asked["allow_version_mismatch"],
        libraries=libraries(),
    )


def _check_free(receipt: Prediction) -> None:
    """Raises ObjectExists when the folder holds the parts of another run."""
    job = make_job(receipt)
    storage = output_storage(job)
    for key in (job.key(0), f"{job.prefix}{PARTS_LIST}"):
        try:
            storage.stat(key)
        except ObjectMissing:
            continue
        raise ObjectExists(f"{storage.uri(key)} is there already, of another run. Name another folder.")


def _carry_on(receipt: Prediction, client: "Client", progress: Progress) -> Predicted:
    with _stopping(receipt):
        job = make_job(receipt)
        _forget_lost_parts(receipt, job)
        pace = Pace(receipt, progress)
        with pace.step():
            failed = _run(receipt, PartRunner(client, job), pace)
        if failed:
            raise EngineError(_told_failures(receipt, failed))
        with progress.step("publish"):
            finish_run(receipt, job, pace.seconds)
    return Predicted(receipt, receipt.model_version)


def _run(receipt: Prediction, runner: PartRunner, pace: Pace) -> dict[int, str]:
    """By part, why it could not be predicted."""
    parts = [Part.from_json(row.source) for row in receipt.running_parts.open()]
    failed: dict[int, str] = {}
    for part, outcome in runner.outcomes(parts):
        row = receipt.running_parts.filter(number=part.number)
        if failure := outcome.get("failure"):
            is_named = part.uri in failure and not part.row_groups
            failed[part.number] = failure if is_named else f"{part}: {failure}"
            row.update(failure=failure)
        else:
            row.update(result=outcome, failure="")
            pace.add(outcome["rows"])
        if len(failed) >= HOPELESS_FAILURES and not receipt.running_parts.done().exists():
            break  # it is not the parts
    return failed


def _forget_lost_parts(receipt: Prediction, job: Job) -> None:
    """Parts that were done and whose object is no longer there as it was are to be predicted again."""
    storage = output_storage(job)

    def is_lost(row: PredictionPart) -> bool:
        try:
            found = storage.stat(job.key(row.number))
        except ObjectMissing:
            return True
        return found.upload_token != job.upload_token or found.size_bytes != (row.result or {})["bytes"]

    done = list(receipt.running_parts.done())
    with ThreadPoolExecutor(ASKED_AT_ONCE) as threads:
        lost = [row.number for row, gone in zip(done, threads.map(is_lost, done), strict=True) if gone]
    if lost:
        receipt.running_parts.filter(number__in=lost).update(result=None)
        receipt.parts = []


@contextmanager
def _stopping(receipt: Prediction) -> Iterator[None]:
    """Whatever ends the run makes it STOPPED, and the error says how to go on."""
    try:
        yield
    except BaseException as error:
        reason = "Interrupted" if isinstance(error, KeyboardInterrupt) else str(error) or type(error).__name__
        unfinished = Prediction.objects.filter(pk=receipt.pk, status=Prediction.Status.RUNNING)
        unfinished.update(status=Prediction.Status.STOPPED, failure=reason)
        if not isinstance(error, CatalogError | OSError | KeyboardInterrupt):
            raise
        raise EngineError(
            f"{reason.rstrip('.')}. {receipt.running_parts.done().count():,} of {receipt.part_count:,} parts are done. "
            f"To go on: manage.py predict --resume {receipt.pk}"
        ) from error


def _told_failures(receipt: Prediction, failed: dict[int, str]) -> str:
    first = [failed[number].rstrip(".") for number in sorted(failed)[:FAILURES_SHOWN]]
    more = f"; and {len(failed) - FAILURES_SHOWN:,} more" if len(failed) > FAILURES_SHOWN else ""
    return f"{len(failed):,} of {receipt.part_count:,} parts could not be predicted: {'; '.join(first)}{more}."
