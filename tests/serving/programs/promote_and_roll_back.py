"""Promotes late:2 and rolls back, as often as asked, with seconds between: `promote_and_roll_back.py 50 0.2`."""

import sys
import time

import django

django.setup()  # before which no model can be imported

from catalog.services.registry.aliases import promote, roll_back  # noqa: E402

times, seconds = int(sys.argv[1]), float(sys.argv[2])
for _ in range(times):
    promote(reference="late:2", alias="production", actor="ada")
    time.sleep(seconds)
    roll_back(name="late", alias="production", actor="ada")
    time.sleep(seconds)
