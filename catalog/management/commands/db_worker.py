import threading
from argparse import ArgumentParser
from typing import Any

from django.db import DatabaseError, connection
from django_tasks_db.management.commands.db_worker import Command as Worker

from catalog.conf import catalog_settings


class Command(Worker):
    # The checks import the admin and more; `manage.py check` runs them.
    requires_system_checks: tuple[str, ...] = ()
    help = "Work on the jobs of the queue, one at a time, and queue again what other workers left when they died."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        # A job that is cut off by a saved file would begin anew.
        parser.set_defaults(reload=False)

    def handle(self, **options: Any) -> None:
        from catalog.services.jobs.reaper import reap

        reap()
        threading.Thread(target=self._reap_now_and_then, name="reaper", daemon=True).start()
        super().handle(**options)

    def _reap_now_and_then(self) -> None:
        """Also while this worker is busy: there may be no other."""
        from catalog.services.jobs.reaper import reap

        while not threading.Event().wait(catalog_settings().job_lease_seconds / 2):
            try:
                for job in reap():
                    self.stderr.write(f"Job {job.pk} had lost its worker and is {job.state} now.")
            except DatabaseError as error:
                self.stderr.write(f"The jobs could not be looked through: {error}")
            finally:
                connection.close()
