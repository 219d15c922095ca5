"""DATABASE_URL as Django's settings have it."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured


def database(url: str) -> dict[str, Any]:
    """Django's database settings from the URL; SQLite is tuned for several writing processes, but for what the URL
    itself says after a question mark."""
    try:
        config: dict[str, Any] = dict(dj_database_url.parse(url))
    except (ValueError, KeyError):
        config = {}
    if config.get("ENGINE") == "django.db.backends.sqlite3":
        with suppress(OSError):  # where nothing can be written, an application may need no database
            Path(config["NAME"]).parent.mkdir(parents=True, exist_ok=True)
        config["OPTIONS"] = {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
            **config.get("OPTIONS", {}),
        }
    elif config.get("ENGINE") != "django.db.backends.postgresql":
        raise ImproperlyConfigured(
            "DATABASE_URL must be sqlite:///path/to/file or postgres://user:password@host:5432/name."
        )
    return config
