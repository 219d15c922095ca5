import pytest
from django.utils.module_loading import import_string
from django_tasks_db.models import DBTaskResult

from catalog.models import Job
from catalog.tasks import run_job

pytestmark = pytest.mark.both_databases


def test_rows_of_the_queue_name_what_every_version_of_the_catalog_has(job: Job) -> None:
    row = DBTaskResult.objects.get(pk=job.task_id)
    assert row.task_path == "catalog.tasks.run_job"
    assert import_string(row.task_path) is run_job
    assert row.args_kwargs == {"args": [job.pk], "kwargs": {}}
