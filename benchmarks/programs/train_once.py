"""train_model as it is, or without its checks: what they take is what is missing then. Both begin alike.

python -m benchmarks.programs.train_once checked|unchecked NAME …
"""

import os
import sys
from contextlib import ExitStack
from unittest.mock import patch

import django
from django.core.management import execute_from_command_line

CHECKS = (
    "catalog.services.training.evaluate.check_training",
    "catalog.services.training.train_in_memory.check_shared_rows",
)


def main(how: str, *arguments: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "s3site.settings")
    django.setup()
    with ExitStack() as patched:
        for check in CHECKS if how == "unchecked" else ():
            patched.enter_context(patch(check, return_value=[]))
        execute_from_command_line(["manage.py", "train_model", *arguments])


if __name__ == "__main__":
    main(*sys.argv[1:])
