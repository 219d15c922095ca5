import time
from typing import Any

from django.core.management.base import CommandParser

from catalog.exceptions import InvalidRequest, JobFailed
from catalog.management.catalog_command import CatalogCommand, login_name
from catalog.management.job_lines import failure_text, job_lines, job_values
from catalog.models import Job

FOLLOWED_EVERY_SECONDS = 0.5


class Command(CatalogCommand):
    help = "Show a job with its log; follow, cancel or retry it."
    example = "job 12 --follow"
    changes_state = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("job_id", metavar="ID", type=int, help="Its number, as `jobs` lists it.")
        parser.add_argument("--follow", action="store_true", help="Wait for its end; exit 1 unless it succeeds.")
        parser.add_argument("--cancel", action="store_true", help="End it.")
        parser.add_argument("--retry", action="store_true", help="Queue it again after it failed or was cancelled.")
        parser.add_argument("--reason", default="", help="Why, for the history.")

    def handle(
        self, *, job_id: int, follow: bool, cancel: bool, retry: bool, reason: str, json: bool, **options: Any
    ) -> None:
        from catalog.services.jobs.decisions import cancel_job, get_job, retry_job

        if cancel and retry:
            raise InvalidRequest("--cancel and --retry contradict each other. Choose one.")
        self.changes_state = cancel or retry
        job = get_job(job_id)
        if cancel:
            job = cancel_job(job=job, actor=login_name(), reason=reason)
        elif retry:
            job = retry_job(job=job, actor=login_name(), reason=reason)
        if follow:
            job = self._follow(job)
        self.report(json, {**job_values(job), "failure": job.failure, "log": job.log}, job_lines(job))
        if follow and job.state != Job.State.SUCCEEDED:
            raise JobFailed(f"Job {job.pk} is {job.state}{f': {failure_text(job)}' if job.failure else '.'}")

    def _follow(self, job: Job) -> Job:
        """Wait, with its steps as bars where somebody looks at them."""
        from catalog.services.jobs.decisions import get_job

        progress, step = self.progress(), ""
        while not job.is_finished:
            with progress.step(job.step or job.state.lower(), total=job.total, unit=job.unit):
                step, done = job.step, 0
                while not job.is_finished and job.step == step:
                    progress.advance(job.done - done)
                    done = job.done
                    time.sleep(FOLLOWED_EVERY_SECONDS)
                    job = get_job(job.pk)
        return job
