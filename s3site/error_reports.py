"""Error pages and mails without secrets: they show the variables of every frame, where libraries keep passwords."""

import html
from collections.abc import ItemsView
from types import FrameType
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest
from django.template.defaultfilters import pprint
from django.utils.safestring import SafeString
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

HIDDEN = SafeExceptionReporterFilter.cleansed_substitute


def without_secrets(text: str) -> str:
    """The text with stars in place of every secret of the settings, also where it is quoted for HTML or an address."""
    for secret in sorted(_secrets(), key=len, reverse=True):
        for spelled in _spellings(secret):
            text = text.replace(spelled, HIDDEN).replace(html.escape(spelled), HIDDEN)
    return text


def _spellings(secret: str) -> set[str]:
    """As it is, as Python shows texts and bytes, within an address, and quoted for PostgreSQL's library."""
    quoted = secret.replace("\\", "\\\\").replace("'", "\\'")
    plain = {secret, quoted, quote(secret), quote(secret, safe="")}
    return plain | {repr(spelling)[1:-1] for spelling in plain} | {repr(secret.encode())[2:-1]}


def _secrets() -> set[str]:
    """As the settings hold them; the access key's id is none, but nobody's business either."""
    options = settings.CATALOG["S3_OPTIONS"]
    secrets: set[str | None] = {settings.SECRET_KEY, settings.CATALOG["MANIFEST_KEY"]}
    secrets |= set(settings.CATALOG["TRUSTED_MANIFEST_KEYS"])
    secrets |= {options["access_key"], options["secret_key"], options["security_token"]}
    secrets |= {database.get("PASSWORD") for database in settings.DATABASES.values()}
    return {secret for secret in secrets if secret}


class _Shown:
    """A variable by the text that may be shown of it."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


class SecretFilter(SafeExceptionReporterFilter):
    """Variables are searched one by one, before the page cuts those that are long: half a secret would not be found."""

    def get_traceback_frame_variables(self, request: HttpRequest | None, tb_frame: FrameType) -> ItemsView[str, Any]:
        variables = super().get_traceback_frame_variables(request, tb_frame)
        return {name: self._cleanse(value) for name, value in variables}.items()

    def _cleanse(self, value: Any) -> Any:
        text = pprint(value)
        shown = without_secrets(text)
        return value if shown == text else _Shown(shown)


class SecretFreeReporter(ExceptionReporter):
    def get_traceback_html(self) -> SafeString:
        return SafeString(without_secrets(super().get_traceback_html()))

    def get_traceback_text(self) -> SafeString:
        return SafeString(without_secrets(super().get_traceback_text()))
