"""Answers requests with what is in production: `uvicorn catalog.serving:app`, or `manage.py serve_models`."""

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastapi import FastAPI

SWITCH_SECONDS = 0.0002


def build_app(names: Sequence[str] = (), *, code_from_version: bool = False) -> "FastAPI":
    """The application; `names` are the models that it serves and loads before the first request, or all when there
    are none, each when it is first asked for; with `code_from_version` by the copies of their own modules. Django is
    set up when that has not happened."""
    _compute_in_one_thread()
    # A thread that wants Python waits so long for one that computes: after each answer's write, and 5 ms otherwise.
    sys.setswitchinterval(SWITCH_SECONDS)
    from catalog.outside_django import set_up_django

    set_up_django()
    from catalog.serving.application import create_app

    return create_app(names, code_from_version=code_from_version)


def _compute_in_one_thread() -> None:
    """Of one row two threads take three times as long as one. What the environment says goes before; LightGBM takes no
    notice of OMP_NUM_THREADS and is told the same by joblib's variable."""
    threads = os.environ.setdefault("OMP_NUM_THREADS", "1")
    if threads.isdigit():
        os.environ.setdefault("LOKY_MAX_CPU_COUNT", threads)


def __getattr__(name: str) -> Any:
    """`app`, built when a server asks for it."""
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return build_app()
