"""The Django project: settings, URLs, and how its processes run."""

import gc

# Importing the libraries makes a million objects that stay, and Python would look through them again and again for
# garbage: a fifth of a cold prediction's time (docs/performance.md).
COLLECTED_AFTER = 20_000

gc.set_threshold(COLLECTED_AFTER)
