"""What workers do: `manage.py db_worker` takes these from the queue."""

from django_tasks import task

from catalog.services.jobs.supervisor import supervise


@task()
def run_job(job_id: int) -> None:
    """Run the job in a child process and see to its end; nothing, when another worker has it or it has ended."""
    supervise(job_id=job_id)
