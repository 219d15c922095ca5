"""Django's command line for the model catalog: manage.py in a checkout, `model-catalog` where it is installed."""

import os
import signal
import sys

from s3site.process import tune
from s3site.streams import prepare_streams

INTERRUPTED = 130


def main() -> None:
    # While Python imports, an interruption ends it at once: there is nothing to undo yet, and nothing to say.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    prepare_streams()
    tune()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "s3site.settings")
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import DatabaseError

    try:
        settings.INSTALLED_APPS  # noqa: B018 - a wrong setting is one line here, not a traceback
    except ImproperlyConfigured as error:
        sys.exit(f"Error: {error}")
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        execute_from_command_line(sys.argv)
    except DatabaseError as error:  # of Django's own commands, as migrate
        if "--traceback" in sys.argv:
            raise
        from catalog.management.argument_names import as_typed
        from catalog.management.fault_lines import database_problem

        sys.exit(f"Error: {as_typed(database_problem(error))}")
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        sys.exit(INTERRUPTED)
