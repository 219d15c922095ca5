"""The web UI. Pages show; services change."""

from catalog.admin import event_admin, prediction_admin, token_admin
from catalog.admin.datasets import dataset_admin
from catalog.admin.jobs import job_admin
from catalog.admin.registry import alias_admin, model_admin, version_admin

__all__ = [
    "alias_admin",
    "dataset_admin",
    "event_admin",
    "job_admin",
    "model_admin",
    "prediction_admin",
    "token_admin",
    "version_admin",
]
