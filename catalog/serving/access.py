"""Who may ask: whoever has a token, unless the settings open it to everybody."""

import hashlib
import hmac
import re

from fastapi import HTTPException, Request

from catalog.conf import CatalogSettings, catalog_settings
from catalog.exceptions import InvalidRequest

SCHEME = "bearer "


def check_set_up(settings: CatalogSettings) -> None:
    """Raises InvalidRequest unless somebody has a token, or everybody may ask; also for what is no SHA-256."""
    if not all(re.fullmatch("[0-9a-fA-F]{64}", digest) for digest in settings.serving_tokens):
        raise InvalidRequest("CATALOG_SERVING_TOKENS must hold the SHA-256 of tokens, 64 hexadecimal digits each.")
    if not settings.serving_tokens and not settings.serving_open:
        raise InvalidRequest(
            "Nobody may ask yet. Set CATALOG_SERVING_TOKENS to the SHA-256 of a token, or CATALOG_SERVING_OPEN=true "
            "where everybody who reaches the port may ask."
        )


def require_token(request: Request) -> None:
    """A dependency. Raises HTTPException 401 without a token whose SHA-256 the settings hold."""
    settings = catalog_settings()
    if settings.serving_open:
        return
    given = request.headers.get("authorization", "")
    if given[: len(SCHEME)].lower() == SCHEME:
        digest = hashlib.sha256(given[len(SCHEME) :].strip().encode()).hexdigest()
        if any(hmac.compare_digest(digest, known.lower()) for known in settings.serving_tokens):
            return
    problem = "A token is needed: Authorization: Bearer TOKEN."
    raise HTTPException(401, problem, headers={"WWW-Authenticate": "Bearer"})
