#!/usr/bin/env python
"""The command line of a Django project that is not ours."""

import os
import sys

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "other_site.settings")
execute_from_command_line(sys.argv)
