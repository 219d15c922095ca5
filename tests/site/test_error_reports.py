"""Neither the error page of a debugging site nor the mail to its administrators shows a secret of the settings."""

import sys
from typing import Any

import psycopg
import pytest
from django.test import RequestFactory
from django.views.debug import get_exception_reporter_class, technical_500_response

from catalog.services.persistence import signing
from catalog.storage.s3 import S3CatalogStorage

SECRETS = {
    name: f"planted <{name}> & 'more\\\"" for name in ("access", "secret", "token", "password", "key", "manifests")
}


@pytest.fixture
def planted(settings: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The options of a storage."""
    options = {
        "access_key": SECRETS["access"],
        "secret_key": SECRETS["secret"],
        "security_token": SECRETS["token"],
        "endpoint_url": "http://127.0.0.1:1",
    }
    settings.DEBUG, settings.CATALOG["S3_OPTIONS"] = True, options
    settings.SECRET_KEY, settings.CATALOG["MANIFEST_KEY"] = SECRETS["key"], SECRETS["manifests"]
    monkeypatch.setitem(settings.DATABASES["default"], "PASSWORD", SECRETS["password"])
    return options


def wrong_option(options: dict[str, Any]) -> None:
    S3CatalogStorage(**options, unknown="x" * 5000)


def no_database(options: dict[str, Any]) -> None:
    psycopg.connect(host="127.0.0.1", port=1, password=SECRETS["password"])


def no_text(options: dict[str, Any]) -> None:
    text: Any = None
    signing.sign_manifest(text)


def said(options: dict[str, Any]) -> None:
    raise RuntimeError(f"The server refused {SECRETS['secret']} and {SECRETS['key']}.")


@pytest.mark.parametrize("fail", [wrong_option, no_database, no_text, said])
@pytest.mark.parametrize("as_html", [True, False])
def test_an_error_shows_no_secret(planted: dict[str, Any], fail: Any, as_html: bool) -> None:
    request = RequestFactory().get("/", DATABASE_URL=f"postgres://catalog:{SECRETS['password']}@host/name")
    try:
        fail(planted)
    except Exception:
        error = sys.exc_info()
    report = get_exception_reporter_class(request)(request, *error)
    page = technical_500_response(request, *error).content.decode() if as_html else report.get_traceback_text()
    assert fail.__name__ in page
    assert [name for name in SECRETS if f"planted <{name}>" in page or f"planted &lt;{name}&gt;" in page] == []
