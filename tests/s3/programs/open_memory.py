"""By how many bytes memory grew at most while an object was read through Django's storage.

open_memory.py LARGE_KEY SMALL_KEY
"""

import resource
import sys

import django
from django.core.files.storage import default_storage

django.setup()


def peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


key, small = sys.argv[1:]  # the small one first, for all that is imported and kept anyway
with default_storage.open(small) as file:
    file.read()
before, size = peak_bytes(), 0
with default_storage.open(key) as file:
    while chunk := file.read(1024 * 1024):
        size += len(chunk)
sys.stdout.write(f"{size} {peak_bytes() - before}")
