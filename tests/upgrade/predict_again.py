"""`predict` again and again, in one process: predict_again.py with a JSON list of lists of arguments."""

import json
import sys

import django
from django.core.management import call_command

django.setup()


for arguments in json.loads(sys.argv[1]):
    call_command("predict", *arguments)
