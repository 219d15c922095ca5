"""How the project's own processes use memory: settings of Python's collector and of Arrow's allocator."""

import atexit
import gc
import os

COLLECTED_AFTER = 120_000


def tune() -> None:
    """Called first in each process of the project: manage.py, the site, and the children that jobs run in.

    Importing the libraries makes a million objects that stay, and Python would look through them again and again for
    garbage: a fifth of a cold prediction's time (docs/performance.md). What is left at the end goes with the process:
    looking through it once more took a seventh of that time. Arrow's allocator takes memory as it needs it and not in
    advance, which is 25 to 50 MB less at the peak of a prediction; the environment may say otherwise.
    """
    gc.set_threshold(COLLECTED_AFTER)
    atexit.register(gc.freeze)
    os.environ.setdefault("MIMALLOC_ARENA_EAGER_COMMIT", "0")
