"""What a job does, within its child process: the same services as the commands, with the lease as their guard."""

from dataclasses import replace
from functools import partial
from typing import TypeVar

from django.db import transaction

from catalog.exceptions import InvalidRequest, counted
from catalog.models import Evaluation, Job, ModelVersion, Prediction
from catalog.progress import Progress
from catalog.services.evaluation.evaluation_request import EvaluationRequest
from catalog.services.jobs.endings import keep_result, succeed
from catalog.services.jobs.leases import Lease
from catalog.services.jobs.rights import check_job_rights
from catalog.services.prediction.predict import predict
from catalog.services.prediction.prediction_request import PredictionRequest
from catalog.services.training.request import TrainingRequest

Request = TypeVar("Request", TrainingRequest, PredictionRequest, EvaluationRequest)


def run(*, lease: Lease, progress: Progress) -> str:
    """Do the job to its end, and say what came of it. Raises CatalogError; LeaseLost when it is not ours any more.

    All is done in the name, and with the rights, of the person who asked last.
    """
    job = Job.objects.select_related("model_version__registered_model").get(pk=lease.job_id)
    check_job_rights(job)
    work = {Job.Kind.TRAINING: _train, Job.Kind.PREDICTION: _predict, Job.Kind.EVALUATION: _evaluate}
    return work[Job.Kind(job.kind)](job, lease, progress)


def _train(job: Job, lease: Lease, progress: Progress) -> str:
    # A job that predicts does without scikit-learn.
    from catalog.services.training.after_training import compare_trained, promote_trained
    from catalog.services.training.train_model import train_model

    request = training_request(job)
    if not (request.alias or request.compare_with):
        guard = partial(_succeed_with_version, lease)
        version = train_model(request=request, actor=job.requested_by, progress=progress, guard=guard).version
        return f"Trained {version.reference}."
    version = job.model_version or _train_first(job, request, lease, progress)
    compared, warnings = compare_trained(version, request, actor=job.requested_by, progress=progress)
    with transaction.atomic():
        # The same version gets the alias once: a worker that was killed right before this left it to the next.
        succeed(lease, evaluation=compared.evaluation if compared else None)
        if request.alias:
            reason = job.reason or request.reason
            _, said = promote_trained(version, alias=request.alias, actor=job.requested_by, reason=reason)
            warnings = [*warnings, *said]
    held = f", which holds the alias {request.alias} now" if request.alias else ""
    return " ".join([f"Trained {version.reference}{held}.", *warnings])


def _train_first(job: Job, request: TrainingRequest, lease: Lease, progress: Progress) -> ModelVersion:
    """The version, which the job keeps, so that no attempt trains another when only what follows is left to do."""
    from catalog.services.training.train_model import train_model

    def guard(version: ModelVersion) -> None:
        keep_result(lease, model_version=version)

    alone = replace(request, alias="", compare_with="")
    return train_model(request=alone, actor=job.requested_by, progress=progress, guard=guard).version


def _succeed_with_version(lease: Lease, version: ModelVersion) -> None:
    succeed(lease, model_version=version)


def _predict(job: Job, lease: Lease, progress: Progress) -> str:
    def guard(receipt: Prediction) -> None:
        succeed(lease, prediction=receipt)

    request = prediction_request(job)
    predicted = predict(request=request, actor=job.requested_by, progress=progress, guard=guard)
    done = f"Predicted {counted(predicted.receipt.row_count, 'row')} with {predicted.version.reference}."
    return " ".join([done, *predicted.notes])


def _evaluate(job: Job, lease: Lease, progress: Progress) -> str:
    from catalog.services.evaluation.evaluate_version import evaluate_version  # it imports scikit-learn

    def guard(evaluation: Evaluation) -> None:
        succeed(lease, evaluation=evaluation)

    request = evaluation_request(job)
    evaluated = evaluate_version(request=request, actor=job.requested_by, progress=progress, guard=guard)
    measured = evaluated.evaluation
    beside = f" beside {measured.against}" if measured.against else ""
    return " ".join([f"Measured {request.reference}{beside} on {measured.rows_text}.", *evaluated.warnings])


def training_request(job: Job) -> TrainingRequest:
    """Raises InvalidRequest for a job that another release queued."""
    return _request(job, TrainingRequest)


def prediction_request(job: Job) -> PredictionRequest:
    """Raises InvalidRequest for a job that another release queued."""
    return _request(job, PredictionRequest)


def evaluation_request(job: Job) -> EvaluationRequest:
    """Raises InvalidRequest for a job that another release queued."""
    return _request(job, EvaluationRequest)


def _request(job: Job, kind: type[Request]) -> Request:
    try:
        return kind(**job.request)
    except TypeError as error:
        raise InvalidRequest(f"The request of job {job.pk} is of another release ({error}). Start it anew.") from error
