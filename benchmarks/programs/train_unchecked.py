"""train_model without its checks: what they take is what is missing here.

python -m benchmarks.programs.train_unchecked NAME …
"""

import os
import sys
from unittest.mock import patch

import django
from django.core.management import execute_from_command_line


def main(arguments: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "s3site.settings")
    django.setup()
    with (
        patch("catalog.services.training.evaluate.check_training", return_value=[]),
        patch("catalog.services.training.train_in_memory.check_shared_rows", return_value=[]),
    ):
        execute_from_command_line(["manage.py", "train_model", *arguments])


if __name__ == "__main__":
    main(sys.argv[1:])
