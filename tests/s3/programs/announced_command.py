"""Commands given as JSON, one after another; "started" on stdout says that the last of them begins."""

import json
import sys

import django
from django.core.management import call_command

django.setup()


*before, last = json.loads(sys.argv[1])
for command in before:
    call_command(*command, stdout=sys.stderr)
sys.stdout.write("started\n")
sys.stdout.flush()
call_command(*last)
