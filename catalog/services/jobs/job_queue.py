"""The queue: rows of django-tasks-db, each of which names a function of catalog.tasks and the job that it shall run."""

from uuid import UUID

from django.utils.module_loading import import_string

# By its path, as the queue's rows name it: services do not import what calls them.
RUN_JOB = "catalog.tasks.run_job"


def enqueue(job_id: int) -> UUID:
    """The key of the queue's new row, which is committed with the caller's transaction."""
    return UUID(import_string(RUN_JOB).enqueue(job_id).id)
