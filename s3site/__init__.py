"""The Django project: settings, URLs, and how its processes run."""

import atexit
import gc
import os

# Importing the libraries makes a million objects that stay, and Python would look through them again and again for
# garbage: a fifth of a cold prediction's time (docs/performance.md).
COLLECTED_AFTER = 120_000

gc.set_threshold(COLLECTED_AFTER)
# What is left at the end is given back with the process: looking through it once more took a seventh of that time.
atexit.register(gc.freeze)
# Arrow's allocator then takes memory as it needs it and not in advance: 25 to 50 MB less at the peak of a prediction.
os.environ.setdefault("MIMALLOC_ARENA_EAGER_COMMIT", "0")
