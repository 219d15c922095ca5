import logging
import signal
import sys
import threading
import time
from argparse import ArgumentParser
from types import FrameType
from typing import Any, NoReturn

from django.db import Error, connection
from django_tasks_db.management.commands.db_worker import Command as Worker

from catalog.conf import catalog_settings
from catalog.management.argument_names import ExampleFormatter, add_example

LIBRARIES = ("django_tasks", "django.tasks")
PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 10.0


def _end(signum: int, frame: FrameType | None) -> NoReturn:
    sys.exit(0)


class Command(Worker):
    # The checks import the admin and more; `manage.py check` runs them.
    requires_system_checks: tuple[str, ...] = ()
    help = "Work on the jobs of the queue, one at a time, and queue again what other workers left when they died."
    example = "db_worker"

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        parser = super().create_parser(prog_name, subcommand, formatter_class=ExampleFormatter, **kwargs)
        add_example(parser, self.example)
        return parser

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        # A job that is cut off by a saved file would begin anew.
        parser.set_defaults(reload=False)

    def configure_logging(self, verbosity: int) -> None:
        """One line for what happens to a job; the library's own lines, and tracebacks, with --verbosity 2."""
        super().configure_logging(verbosity)
        if verbosity < 2:
            logging.getLogger("django_tasks_db").setLevel(logging.WARNING)
            for name in LIBRARIES:
                logging.getLogger(name).setLevel(logging.CRITICAL)
        jobs = logging.getLogger("catalog.services.jobs")
        jobs.setLevel(logging.INFO if verbosity else logging.CRITICAL)
        if not jobs.handlers:
            jobs.addHandler(logging.StreamHandler(self.stdout))
            jobs.propagate = False

    def handle(self, **options: Any) -> None:
        """Until it is stopped: a database that does not answer is waited for, with growing pauses."""
        from catalog.services.jobs.outages import wait_for_database
        from catalog.services.jobs.supervisor import worker_name
        from catalog.services.jobs.watching.reaper import reap
        from catalog.services.jobs.watching.worker_beats import Beating

        self.configure_logging(options["verbosity"])
        for signum in (signal.SIGINT, signal.SIGTERM):  # until the library's worker sees to them
            signal.signal(signum, _end)
        wait_for_database(reap, within_seconds=float("inf"))
        threading.Thread(target=self._reap_now_and_then, name="reaper", daemon=True).start()
        if options["verbosity"]:
            self.stdout.write(f"The worker {worker_name()} waits for jobs.")
            self.stdout.flush()  # where it is a file or a pipe, nothing else would tell for hours
        with Beating(worker_name()):
            self._work(**options)

    def _work(self, **options: Any) -> None:
        from catalog.services.jobs.outages import first_line, is_outage

        pause = PAUSE_SECONDS
        while True:
            begun = time.monotonic()
            try:
                super().handle(**options)
                return
            except Error as error:
                connection.close()
                if not is_outage(error):
                    raise
                pause = PAUSE_SECONDS if time.monotonic() > begun + LONGEST_PAUSE_SECONDS else pause
                if pause == PAUSE_SECONDS:
                    self.stderr.write(f"The database does not answer ({first_line(error)}). The worker waits for it.")
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    def _reap_now_and_then(self) -> None:
        """Also while this worker is busy: there may be no other.

        After an outage, in which nobody could renew a lease, their holders are given a whole lease's time first.
        """
        from catalog.services.jobs.outages import first_line
        from catalog.services.jobs.watching.reaper import reap

        lease_seconds, is_said = catalog_settings().job_lease_seconds, False
        wait = lease_seconds / 2
        while not threading.Event().wait(wait):
            wait = lease_seconds / 2
            try:
                for job in reap():
                    self.stderr.write(f"Job {job.pk} had lost its worker and is {job.state} now.")
                is_said = False
            except Error as error:
                wait = lease_seconds
                if not is_said:
                    self.stderr.write(f"The jobs can't be looked through: {first_line(error)}")
                is_said = True
            finally:
                connection.close()
