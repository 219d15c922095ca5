"""`manage.py …` that gives a cluster without workers one second, not a minute."""

import sys

import django

django.setup()

from django.core.management import execute_from_command_line  # noqa: E402

from catalog.services.distributed import dask_search, part_runner  # noqa: E402

dask_search.WITHOUT_WORKERS_SECONDS = part_runner.WITHOUT_WORKERS_SECONDS = 1.0
execute_from_command_line(sys.argv)
