"""`manage.py …` by a clock that is two days ahead, for what waits until things are old."""

import sys
from datetime import timedelta

import django
from django.core.management import execute_from_command_line
from django.utils import timezone

django.setup()


now = timezone.now
timezone.now = lambda: now() + timedelta(days=2)
execute_from_command_line(sys.argv)
