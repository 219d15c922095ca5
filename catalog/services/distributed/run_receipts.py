"""The receipt of a run in parts: made before any part is predicted, found again to go on, sent along as a task."""

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.exceptions import InvalidRequest, NotFound, ObjectExists, ObjectMissing
from catalog.models import ModelVersion, Prediction, PredictionPart
from catalog.services.distributed.part_messages import PartTask
from catalog.services.distributed.part_planning import PlannedInput
from catalog.services.distributed.part_scoring import output_storage, sent_version
from catalog.services.distributed.run_leases import HeldRun, new_lease
from catalog.services.distributed.worker_libraries import libraries
from catalog.services.prediction.prediction_request import PredictionRequest
from catalog.services.registry.curation import lock_in_use
from catalog.storage.folders import absolute
from catalog.storage.interface import catalog_storage, new_upload_token
from catalog.storage.keys import PARTS_LIST, parts_list, receipt_folder

ENGINE = "dask"
BEGIN_ANEW = "Mend that, and predict it anew."


def begin_run(request: PredictionRequest, version: ModelVersion, planned: PlannedInput, actor: str) -> HeldRun:
    """A RUNNING receipt with its parts, ours, committed before any of them is predicted. Raises ObjectExists."""
    receipt = _new_receipt(request, version, planned, actor)
    _check_folder_is_free(receipt)
    parts = [PredictionPart(prediction=receipt, number=part.number, source=part.as_json()) for part in planned.parts]
    with transaction.atomic():
        if planned.dataset_version:
            lock_in_use(planned.dataset_version)
        lock_in_use(version)
        receipt.save(force_insert=True)
        PredictionPart.objects.bulk_create(parts, batch_size=500)
        return new_lease(receipt, actor)


def _new_receipt(request: PredictionRequest, version: ModelVersion, planned: PlannedInput, actor: str) -> Prediction:
    identifier = uuid.uuid4()
    key = "" if request.output else parts_list(version.registered_model.stored_name, version.number, str(identifier))
    return Prediction(
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
            "engine": ENGINE,
            "id_columns": list(request.id_columns),
            "with_probabilities": request.with_probabilities,
            "allow_version_mismatch": request.allow_version_mismatch,
            "format": planned.file_format,
            "dialect": dict(request.dialect),
        },
        part_count=len(planned.parts),
        status=Prediction.Status.RUNNING,
        created_by=actor,
    )


def _check_folder_is_free(receipt: Prediction) -> None:
    """Raises ObjectExists when the folder holds the parts of another run."""
    task = make_task(receipt)
    storage = output_storage(task)
    for key in (task.key(0), f"{task.prefix}{PARTS_LIST}"):
        try:
            storage.stat(key)
        except ObjectMissing:
            continue
        raise ObjectExists(f"{storage.uri(key)} is there already, of another run. Name another folder.")


def find_unfinished(number: str) -> Prediction:
    """The receipt of a run that can go on. Raises InvalidRequest, NotFound."""
    related = Prediction.objects.select_related("model_version__registered_model", "input_dataset_version__dataset")
    try:
        receipt = related.filter(pk=number).first()
    except (ValidationError, ValueError) as error:
        raise InvalidRequest(f"`resume` {number[:80]!r} is not the number of a receipt.") from error
    if receipt is None:
        raise NotFound(f"There is no receipt {number}.")
    if not receipt.is_unfinished:
        raise InvalidRequest(
            f"The receipt {number} is {receipt.status}: only a run in parts that was stopped can go on."
        )
    if part := receipt.running_parts.hopeless().first():
        raise InvalidRequest(f"The run {number} can't be finished: {part.failure} {BEGIN_ANEW}")
    return receipt


def make_task(receipt: Prediction) -> PartTask:
    """What workers are sent with each part of the run."""
    options, version, dataset = receipt.options, receipt.model_version, receipt.input_dataset_version
    in_catalog, name = bool(receipt.stored_key), version.registered_model.stored_name
    return PartTask(
        version=sent_version(version),
        dataset=(dataset.reference, dataset.read_options) if dataset else None,
        learned=version.dataset_version.read_options if version.dataset_version else None,
        dialect=options.get("dialect", {}),  # which runs of earlier releases have not
        output="" if in_catalog else receipt.output_uri,
        prefix=receipt_folder(name, version.number, str(receipt.pk)) if in_catalog else "",
        upload_token=receipt.upload_token,
        file_format=options["format"],
        id_columns=tuple(options["id_columns"]),
        with_probabilities=options["with_probabilities"],
        allow_version_mismatch=options["allow_version_mismatch"],
        libraries=libraries(),
    )
