"""The address of a database that is queried: checked, and shown without its password."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from catalog.exceptions import InvalidRequest

POSTGRES = ("postgresql://", "postgres://")
SQLITE = "sqlite:///"
FROM_ENVIRONMENT = "env:"


@dataclass(frozen=True)
class Database:
    """`uri` may hold a password and is never stored or shown; `shown` is the same without it and without options."""

    uri: str = field(repr=False)
    shown: str

    @property
    def is_sqlite(self) -> bool:
        return self.uri.startswith(SQLITE)

    def without_password(self, message: str) -> str:
        """The message, in which the driver may have repeated what it was given."""
        parts = urlsplit(self.uri)
        options = [value for values in parse_qs(parts.query).values() for value in values]
        for secret in {parts.password or "", unquote(parts.password or ""), *options, self.uri} - {""}:
            message = message.replace(secret, "…")
        return message


def names_database(source: str) -> bool:
    return source.startswith((*POSTGRES, "sqlite:", FROM_ENVIRONMENT))


def find_database(source: str, read_variable: Callable[[str], str]) -> Database:
    """The database at the address, or at the one that the variable in `env:NAME` holds. Raises InvalidRequest."""
    uri = source
    if source.startswith(FROM_ENVIRONMENT):
        name = source.removeprefix(FROM_ENVIRONMENT)
        uri = read_variable(name)
        if not uri:
            raise InvalidRequest(f"There is no variable {name} in the environment or in .env.")
        if uri.startswith(FROM_ENVIRONMENT) or not names_database(uri):
            raise InvalidRequest(f"{name} is no address of a database: write postgresql://… or sqlite:///path into it.")
    return _sqlite(uri) if uri.startswith("sqlite:") else _postgres(uri)


def _sqlite(uri: str) -> Database:
    path = uri.removeprefix(SQLITE)
    if path == uri or not path:
        raise InvalidRequest("Write sqlite:///path, and sqlite:////path where that begins with a slash.")
    if not Path(path).is_file():
        raise InvalidRequest(f"There is no file {path}.")
    return Database(uri, uri)


def _postgres(uri: str) -> Database:
    try:
        parts = urlsplit(uri)
        user, host, port = parts.username, parts.hostname, parts.port
    except ValueError:
        raise not_an_address() from None
    if not re.fullmatch(r"/[^/?#@]*", parts.path or "/") or "#" in uri or "@" in (host or ""):
        raise not_an_address()
    shown = f"{user}@{host or ''}" if user else host or ""
    return Database(uri, f"postgresql://{shown}{f':{port}' if port else ''}{parts.path}")


def not_an_address() -> InvalidRequest:
    """Nothing of the address is in the message: which part is the password can't be told."""
    return InvalidRequest(
        "That is no address of a database: write postgresql://user:password@host:port/name, with %40 for an @, "
        "%2F for a / and %23 for a # in the password."
    )
