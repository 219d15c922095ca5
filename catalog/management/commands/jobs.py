from typing import Any

from django.core.management.base import CommandParser

from catalog.management.argument_names import as_typed
from catalog.management.catalog_command import CatalogCommand
from catalog.management.job_lines import job_rows, job_values
from catalog.management.text_tables import add_wide_option

SHOWN_JOBS = 20


class Command(CatalogCommand):
    help = "List the jobs that workers do in the background, the newest first."
    example = "jobs --unfinished"
    changes_state = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--unfinished", action="store_true", help="Only those that are queued or running.")
        parser.add_argument(
            "--most", type=int, default=SHOWN_JOBS, metavar="N", help=f"How many at most (default: {SHOWN_JOBS})."
        )
        add_wide_option(parser)

    def handle(self, *, unfinished: bool, most: int, wide: bool, json: bool, **options: Any) -> None:
        from catalog.services.jobs.decisions import list_jobs

        jobs = list_jobs(most=max(most, 1), unfinished=unfinished)
        nothing = ["No job is queued or running." if unfinished else as_typed(NONE_YET)]
        self.report(json, {"jobs": [job_values(job) for job in jobs]}, job_rows(jobs, wide=wide) if jobs else nothing)


NONE_YET = "There is no job yet. Start one: manage.py train_model NAME --dataset D --target COLUMN --background"
