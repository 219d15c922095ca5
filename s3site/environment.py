"""Typed reading of environment variables; every error names the variable and never shows its value."""

import math
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.core.exceptions import ImproperlyConfigured

UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}
FLAGS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}

# What django-storages and Amazon's own tools call the same things.
AWS_ALIASES = {
    "AWS_STORAGE_BUCKET_NAME": "AWS_BUCKET_NAME",
    "AWS_S3_ENDPOINT_URL": "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3": "AWS_ENDPOINT_URL",
    "AWS_S3_REGION_NAME": "AWS_DEFAULT_REGION",
    "AWS_REGION": "AWS_DEFAULT_REGION",
    "AWS_S3_ACCESS_KEY_ID": "AWS_ACCESS_KEY_ID",
    "AWS_S3_SECRET_ACCESS_KEY": "AWS_SECRET_ACCESS_KEY",
    "AWS_SECURITY_TOKEN": "AWS_SESSION_TOKEN",
}

LEAST_SECRET = 32
ZONE_NAME = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){0,2}")


def find_zone(name: str) -> ZoneInfo | None:
    """The zone of this name; None where there is none, or where this machine does not know it."""
    if len(name) > 64 or not ZONE_NAME.fullmatch(name):
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # also of folders of zones, such as Europe
        return None


class Environment:
    """`aliases` are other names of variables, by which other programs know them."""

    def __init__(self, variables: Mapping[str, str], aliases: Mapping[str, str] | None = None) -> None:
        self.variables, self.aliases = variables, aliases or {}

    def text(self, name: str, default: str = "") -> str:
        names = [name, *(alias for alias, meant in self.aliases.items() if meant == name)]
        values = {given: value for given in names if (value := self.variables.get(given, "").strip())}
        if len(set(values.values())) > 1:
            raise ImproperlyConfigured(f"{' and '.join(values)} say different things: keep {name} alone.")
        return next(iter(values.values()), default)

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.text(name)
        if not value:
            return default
        if value.lower() not in FLAGS:
            raise ImproperlyConfigured(f"{name} must be true or false.")
        return FLAGS[value.lower()]

    def integer(self, name: str, default: int, *, minimum: int = 0) -> int:
        value = self.text(name, str(default))
        if not value.isascii() or not value.isdigit() or int(value) < minimum:
            raise ImproperlyConfigured(f"{name} must be a whole number, {minimum or 'zero'} or more.")
        return int(value)

    def number(self, name: str, default: float) -> float:
        """Of 0 or more, finite."""
        value = self.text(name, str(default))
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not 0 <= number < math.inf:
            raise ImproperlyConfigured(f"{name} must be a number, zero or more.")
        return number

    def size(self, name: str, default: str) -> int:
        """Bytes, from `500M`, `10G` or a plain number (powers of 1024)."""
        match = re.fullmatch(r"(\d+)\s*([KMGT]?)(?:i?B)?", self.text(name, default), re.IGNORECASE | re.ASCII)
        if not match:
            raise ImproperlyConfigured(f"{name} must be a size such as 500M or 10G.")
        return int(match[1]) * UNITS[match[2].upper()]

    def names(self, name: str, default: str = "") -> list[str]:
        """The parts of a comma-separated list, without blanks."""
        return [part.strip() for part in self.text(name, default).split(",") if part.strip()]

    def matching(self, name: str, pattern: str, meaning: str) -> str:
        """The text, which must be empty or match `pattern` as a whole."""
        value = self.text(name)
        if value and not re.fullmatch(pattern, value):
            raise ImproperlyConfigured(f"{name} must be {meaning}.")
        return value

    def secrets(self, name: str) -> list[str]:
        """The parts of a comma-separated list, each of which must be long enough not to be guessed."""
        parts = self.names(name)
        if any(len(part) < LEAST_SECRET for part in parts):
            raise ImproperlyConfigured(f"{name} must be texts of at least {LEAST_SECRET} characters each.")
        return parts

    def one_of(self, name: str, choices: Sequence[str]) -> str:
        """The text, which must be empty or one of these."""
        value = self.text(name)
        if value and value not in choices:
            raise ImproperlyConfigured(f"{name} must be {' or '.join(choices)}.")
        return value

    def time_zone(self, name: str, default: str) -> str:
        """A name such as `Europe/Berlin`, which this machine knows."""
        value = self.text(name, default)
        if value != default and find_zone(value) is None:
            raise ImproperlyConfigured(f"{name} must be the name of a time zone, such as Europe/Berlin.")
        return value

    def file(self, name: str) -> str:
        """The path of a file that can be read, or an empty text."""
        value = self.text(name)
        if value and not (Path(value).is_file() and os.access(value, os.R_OK)):
            raise ImproperlyConfigured(f"{name} must be a file that can be read.")
        return value

    def origin(self, name: str) -> str:
        """An `http://` or `https://` address with a host and no password, as messages show it; or an empty text."""
        value = self.text(name)
        try:
            parts = urlsplit(value)
            _ = parts.port
        except ValueError:
            parts = urlsplit("")
        if value and not (parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc):
            raise ImproperlyConfigured(f"{name} must be an address such as https://s3.example.org:9000.")
        return value
