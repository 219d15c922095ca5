"""The web UI. Pages show; services change."""

from catalog.admin import records
from catalog.admin.datasets import dataset_admin
from catalog.admin.jobs import job_admin
from catalog.admin.registry import model_admin

__all__ = ["dataset_admin", "job_admin", "model_admin", "records"]
