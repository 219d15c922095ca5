"""The rights of a job are those of the person who asked for it last: when it is queued, when it begins, when it ends.

`site_user` is None for people at the terminal, who may do there whatever a job does.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser

from catalog.conf import catalog_settings
from catalog.exceptions import NotPermitted
from catalog.ml.training.estimator_names import ESTIMATOR_NAMES
from catalog.models import Job
from catalog.reference_syntax import DEFAULT_ALIAS
from catalog.services.prediction.prediction_request import DATASET_PREFIX
from catalog.services.registry.aliases import is_protected
from catalog.services.training.request import TrainingRequest
from catalog.storage.interface import catalog_storage

AT_THE_TERMINAL = "The site takes no such job; at the terminal: manage.py job NUMBER --retry."


def find_site_user(username: str) -> AbstractUser:
    """Raises NotPermitted when nobody of that name may sign in to the site."""
    user = get_user_model()._default_manager.filter(username=username).first()
    if user is None:
        raise NotPermitted(f"{username} is no user of the site.")
    return user


def check_job_rights(job: Job) -> None:
    """Raises NotPermitted unless the person who asked last may have the job done now, as the site's pages would."""
    if job.site_user_id is None:
        return
    user = get_user_model()._default_manager.filter(pk=job.site_user_id).first()
    if user is None:
        raise NotPermitted(f"{job.requested_by}, who asked for it, is no user of the site any more. Retry it yourself.")
    if not (user.is_active and user.is_staff):
        raise NotPermitted(f"{user.get_username()}, who asked for it, may not use the site. Retry it yourself.")
    for permission in _needed_permissions(job):
        if not user.has_perm(f"catalog.{permission}"):
            raise NotPermitted(
                f"{user.get_username()} may not have job {job.pk or 'of this kind'} done: the permission {permission} "
                "is missing. Ask somebody who has it to do it."
            )
    if problem := next(_not_on_the_site(job), ""):
        raise NotPermitted(f"{problem} {AT_THE_TERMINAL.replace('NUMBER', str(job.pk or 'NUMBER'))}")


def _needed_permissions(job: Job) -> Iterator[str]:
    yield "add_job"
    if job.request.get("code_from_version"):
        yield "approve_pickle_artifact"
    alias = job.request.get("alias", "")
    if alias and is_protected(alias):
        yield "promote_modelversion"
    if alias and not (is_protected(alias) and alias == DEFAULT_ALIAS):
        yield "change_alias"


def _not_on_the_site(job: Job) -> Iterator[str]:
    """What the pages do not offer: code of one's choice, and addresses beyond the catalog."""
    request: Mapping[str, Any] = job.request
    if job.kind == Job.Kind.TRAINING:
        if request.get("pipeline"):
            yield "`pipeline` names code."
        estimator = request.get("estimator", TrainingRequest.estimator)
        if estimator not in {*ESTIMATOR_NAMES, *catalog_settings().estimators}:
            yield f"`estimator` {estimator} is not one of those that the site offers."
        return
    if job.kind == Job.Kind.EVALUATION:
        return
    uploaded = catalog_storage().uri(job.input_key) if job.input_key else ""
    if request.get("output"):
        yield "`output` names a place outside the catalog."
    if not str(request.get("source")).startswith(DATASET_PREFIX) and request.get("source") != uploaded:
        yield "`source` names a place outside the catalog."
    if request.get("allow_version_mismatch"):
        yield "`allow_version_mismatch` is set."
