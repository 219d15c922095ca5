"""The catalog in processes that are not Django's: a script, a notebook, an application of another framework."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Answer = TypeVar("Answer")


def choose_settings() -> None:
    """Those that DJANGO_SETTINGS_MODULE names, or else those of s3site, which read `.env`."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "s3site.settings")


def set_up_django() -> None:
    """Unless that has happened. Raises ImproperlyConfigured for wrong settings."""
    import django
    from django.apps import apps

    if not apps.models_ready:
        choose_settings()
        django.setup()


def without_event_loop(ask: Callable[[], Answer]) -> Answer:
    """What `ask` returns, called where Django lets the database be asked: not in a thread that runs an event loop, as
    a notebook's does."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return ask()
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(_ask_and_disconnect, ask).result()


def _ask_and_disconnect(ask: Callable[[], Answer]) -> Answer:
    """The thread ends, and its connections with it."""
    from django.db import connections

    try:
        return ask()
    finally:
        connections.close_all()
