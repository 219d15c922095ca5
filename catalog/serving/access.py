"""Who may ask: whoever has a token whose rights reach so far, unless the settings open the server to everybody.

The rights are read anew in each interval, by one query, and kept; no request asks the database about its token.
"""

import logging
import re
from collections.abc import Mapping

from django.db import Error as DatabaseError
from django.db import close_old_connections
from fastapi import HTTPException, Request

from catalog.conf import CatalogSettings
from catalog.exceptions import InvalidRequest
from catalog.services.serving.serving_tokens import token_digest
from catalog.services.serving.token_rights import TokenRights, configured_rights, read_token_rights

SCHEME = "bearer "
NEEDED = "A token is needed: Authorization: Bearer TOKEN."
REFUSED = "This token is not known here, was revoked, or has ended. Ask for another."
EVERYBODY = TokenRights("everybody")
logger = logging.getLogger(__name__)


class TokenGate:
    """The rights of all tokens that are valid: those of the settings, and those that the database holds."""

    def __init__(self, settings: CatalogSettings, *, asks_database: bool = True) -> None:
        self.is_open, self.asks_database = settings.serving_open, asks_database and not settings.serving_open
        if not all(re.fullmatch("[0-9a-fA-F]{64}", digest) for digest in settings.serving_tokens):
            raise InvalidRequest("CATALOG_SERVING_TOKENS must hold the SHA-256 of tokens, 64 hexadecimal digits each.")
        self.configured = configured_rights(settings.serving_tokens)
        self.rights: Mapping[str, TokenRights] = self.configured

    def refresh(self) -> None:
        """Read which tokens there are. Those known go on while the database does not answer, each until its end."""
        if not self.asks_database:
            return
        close_old_connections()
        try:
            self.rights = {**read_token_rights(), **self.configured}
        except DatabaseError as error:
            logger.warning("Tokens can't be read now; those known before go on: %s", error)
        finally:
            close_old_connections()

    def check_set_up(self) -> None:
        """Raises InvalidRequest unless somebody has a token, or everybody may ask."""
        if self.is_open or self.rights:
            return
        instead = "or CATALOG_SERVING_OPEN=true where everybody who reaches the port may ask."
        if self.asks_database:
            raise InvalidRequest(f"Nobody may ask yet. Make a token, manage.py create_token NAME, {instead}")
        raise InvalidRequest(f"Nobody may ask yet. Set CATALOG_SERVING_TOKENS to the SHA-256 of a token, {instead}")

    def rights_of(self, authorization: str) -> TokenRights | None:
        """Of who sends this header; None for nobody's."""
        if self.is_open:
            return EVERYBODY
        if authorization[: len(SCHEME)].lower() != SCHEME:
            return None
        rights = self.rights.get(token_digest(authorization[len(SCHEME) :].strip()))
        return None if rights is None or rights.is_expired else rights

    def require_token(self, request: Request) -> TokenRights:
        """Raises HTTPException 401 without a token that is valid."""
        authorization = request.headers.get("authorization", "")
        rights = self.rights_of(authorization)
        if rights is None:
            is_token = bool(re.fullmatch(r"bearer\s+\S.*", authorization, re.IGNORECASE))
            raise HTTPException(401, REFUSED if is_token else NEEDED, headers={"WWW-Authenticate": "Bearer"})
        return rights

    def require_model(self, request: Request) -> TokenRights:
        """For what is about one model. Raises HTTPException 401, or 403 for a token of other models."""
        rights = self.require_token(request)
        name = model_name(request.path_params.get("reference") or request.path_params.get("name") or "")
        if not rights.may_ask(name):
            raise HTTPException(403, f"This token is not for the model {name[:80]!r}.")
        return rights

    def require_metrics(self, request: Request) -> TokenRights:
        """For /metrics. Raises HTTPException 401, or 403 for a token that only predicts."""
        rights = self.require_token(request)
        if rights.predict_only:
            raise HTTPException(403, "This token only predicts. Make one with: manage.py create_token NAME --metrics.")
        return rights


def model_name(reference: str) -> str:
    """As `churn`, of `churn:3` or `churn@staging`."""
    return reference.partition("@")[0].partition(":")[0]
