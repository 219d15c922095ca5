"""Typed reading of environment variables; every error names the variable and never shows its value."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}
FLAGS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


class Environment:
    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = variables

    def text(self, name: str, default: str = "") -> str:
        return self.variables.get(name, "").strip() or default

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
