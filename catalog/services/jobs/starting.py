"""Starting jobs: all that can be checked is checked before anything is queued."""

from dataclasses import asdict, replace
from pathlib import Path

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.db.models import F

from catalog.exceptions import InvalidRequest
from catalog.ml.tables.files.partitions import partition_values
from catalog.models import AuditEvent, Job, ModelVersion
from catalog.services.evaluation.evaluation_request import EvaluationRequest, check_request, find_versions
from catalog.services.jobs.job_log import with_line
from catalog.services.jobs.job_queue import enqueue
from catalog.services.jobs.rights import check_job_rights
from catalog.services.persistence.audit import record_event
from catalog.services.prediction.loading import check_code_permitted, check_loadable
from catalog.services.prediction.prediction_request import (
    DATASET_PREFIX,
    STANDARD_STREAM,
    PredictionRequest,
    choose_format,
)
from catalog.services.registry.references import get_dataset_version, get_model_version
from catalog.services.training.request import TrainingRequest
from catalog.storage.addresses import absolute_address, check_address, is_s3_uri
from catalog.storage.digests import path_sha256
from catalog.storage.interface import catalog_storage, new_upload_token
from catalog.storage.keys import safe_file_name, uploaded_input


def start_training(*, request: TrainingRequest, actor: str, site_user: AbstractUser | None = None) -> Job:
    """A queued job that trains what is asked for, on the dataset version that the reference names now.

    `site_user` is the user of the site that asks, whose rights the job then has; None at the terminal. Raises
    CatalogError for all that train_model() would refuse without reading the data, and what the user may not do.
    """
    from catalog.services.training.plan import plan_training  # the web process imports this file, not scikit-learn

    plan = plan_training(request)
    pinned = replace(plan.request, dataset=plan.dataset_version.reference)
    job = Job(kind=Job.Kind.TRAINING, name=request.name, request=asdict(pinned))
    return _queue_job(job, actor, site_user)


def start_prediction(
    *, request: PredictionRequest, actor: str, site_user: AbstractUser | None = None, file_name: str = ""
) -> Job:
    """A queued job that predicts with the version, and of the dataset version, that are named so now.

    A path as source is a file of this machine, which a worker need not have: it is stored for the job, as `file_name`,
    with the columns that its folders hold, unless it was uploaded under that name.
    Raises CatalogError, NotPermitted for what the user of the site may not do.
    """
    version = get_model_version(request.reference)
    check_loadable(version)
    check_code_permitted(request.code_from_version)
    _check_output(request)
    source, key, partitions = request.source, "", request.partitions
    if source.startswith(DATASET_PREFIX):
        source = _pin_dataset(version, request)
    elif source == STANDARD_STREAM:
        raise InvalidRequest("`background` can't read standard input. Name a file, s3://bucket/key or dataset:NAME.")
    elif not is_s3_uri(source):
        key = _store_input(Path(source).expanduser(), file_name)
        partitions = {} if file_name else partition_values(absolute_address(source))
        source = catalog_storage().uri(key)
    else:
        check_address(source)
    pinned = replace(request, reference=version.reference, source=source, partitions=partitions)
    kind, name = Job.Kind.PREDICTION, version.registered_model.name
    return _queue_job(Job(kind=kind, name=name, request=asdict(pinned), input_key=key), actor, site_user)


def start_evaluation(*, request: EvaluationRequest, actor: str, site_user: AbstractUser | None = None) -> Job:
    """A queued job that measures the versions that are named so now, on the rows that are named.

    Raises CatalogError for all that evaluate_version() would refuse without reading the data, NotPermitted.
    """
    check_request(request)
    version, other = find_versions(request)
    for measured in filter(None, (version, other)):
        check_loadable(measured)
    pinned = replace(
        request,
        reference=version.reference,
        dataset=get_dataset_version(request.dataset).reference if request.dataset else "",
        like=get_model_version(request.like).reference if request.like else "",
        against=get_model_version(request.against).reference if request.against else "",
    )
    kind, name = Job.Kind.EVALUATION, version.registered_model.name
    return _queue_job(Job(kind=kind, name=name, request=asdict(pinned)), actor, site_user)


def _check_output(request: PredictionRequest) -> None:
    if request.output and not is_s3_uri(request.output):
        raise InvalidRequest(
            f"`background` can't write {request.output!r}: a worker may be on another machine. Leave `output` out, and "
            "the result is kept in the catalog, or name s3://bucket/key."
        )
    choose_format(request)


def _pin_dataset(version: ModelVersion, request: PredictionRequest) -> str:
    """Raises InvalidRequest when the dataset lacks a column that the version takes, or one that is to be copied."""
    dataset = get_dataset_version(request.source.removeprefix(DATASET_PREFIX))
    inputs = [column["name"] for column in version.signature.get("inputs", [])]
    missing = [name for name in (*inputs, *request.id_columns) if name not in dataset.column_names]
    if missing:
        raise InvalidRequest(f"{dataset.reference} has no column {missing[0]!r}, which {version.reference} takes.")
    return f"{DATASET_PREFIX}{dataset.reference}"


def _store_input(path: Path, file_name: str) -> str:
    """The key of the file's copy in the catalog's store, which every worker reaches. Raises StorageError."""
    if not path.is_file():
        raise InvalidRequest(f"There is no file {path}.")
    token = new_upload_token()
    key = uploaded_input(token, safe_file_name(file_name or path.name))
    catalog_storage().put(key, path, upload_token=token, sha256=path_sha256(path))
    return key


def _queue_job(job: Job, actor: str, site_user: AbstractUser | None) -> Job:
    """Save the job, and put it into the queue. Raises NotPermitted."""
    job.created_by = job.requested_by = actor
    job.site_user_id = site_user.pk if site_user else None
    check_job_rights(job)
    job.expected_seconds = _expected_seconds(job)
    job.log = with_line([], f"Queued by {actor}.")
    with transaction.atomic():
        job.save()
        job.task_id = enqueue(job.pk)
        job.save(update_fields=["task_id"])
        record_event(verb=AuditEvent.Verb.JOB_QUEUED, subject=job, actor=actor, reason=job.title)
    return job


ALIKE = {
    Job.Kind.TRAINING: ("estimator", "pipeline", "search"),
    Job.Kind.PREDICTION: ("source",),
    Job.Kind.EVALUATION: ("like", "dataset"),
}


def _expected_seconds(job: Job) -> float | None:
    """How long the last job of the kind took that was asked for nearly the same."""
    alike = {f"request__{field}": job.request[field] for field in ALIKE[Job.Kind(job.kind)]}
    before = Job.objects.filter(kind=job.kind, name=job.name, state=Job.State.SUCCEEDED, **alike).order_by("-pk")
    took = before.values_list(F("finished_at") - F("started_at"), flat=True).first()
    return took.total_seconds() if took else None
