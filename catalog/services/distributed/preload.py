"""Imported by schedulers and workers before anything else (`--preload`): sets up Django as manage.py does."""

import logging
import os

import django
from joblib import register_parallel_backend
from joblib.parallel import ThreadingBackend

from s3site.process import tune

tune()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "s3site.settings")
django.setup()
# What an estimator that is fitted in a worker does in parallel stays there: no worker is asked that was left out.
register_parallel_backend("dask", ThreadingBackend)


def in_one_line(record: logging.LogRecord) -> bool:
    """A filter that shows every record, and of a connection that broke, as when the scheduler ends, no traceback."""
    if record.exc_info and isinstance(record.exc_info[1], OSError):
        record.exc_info = record.exc_text = None
    return True


for handler in logging.getLogger("distributed").handlers:
    handler.addFilter(in_one_line)
