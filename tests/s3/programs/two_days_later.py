"""`manage.py …` by a clock that is two days ahead, for what waits until things are old."""

import sys
from datetime import timedelta

import django

django.setup()

from django.core.management import execute_from_command_line  # noqa: E402
from django.utils import timezone  # noqa: E402

now = timezone.now
timezone.now = lambda: now() + timedelta(days=2)
execute_from_command_line(sys.argv)
