"""`manage.py dask_scheduler …` or `dask_worker …` of a version of the catalog that has other modules than this one."""

import sys
from typing import Any

import django
from django.core.management import execute_from_command_line

django.setup()  # before which no model can be imported


import catalog.services.distributed.cluster_nodes  # noqa: E402, F401 - as that version has it, before the others are hidden

modules: dict[str, Any] = sys.modules
# Python then raises ModuleNotFoundError for them, as where they never were.
for name in ("worker_tasks", "part_messages", "part_scoring"):
    modules[f"catalog.services.distributed.{name}"] = None
execute_from_command_line(sys.argv)
