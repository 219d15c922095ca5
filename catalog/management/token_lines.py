"""What the commands of tokens print; the text of a token is not among it."""

from collections.abc import Sequence
from typing import Any

from catalog.management.text_tables import list_lines
from catalog.models import ServingToken


def token_values(token: ServingToken) -> dict[str, Any]:
    return {
        "name": token.name,
        "state": token.state,
        "models": token.model_names,
        "predict_only": token.predict_only,
        "expires": token.expires_at,
        "revoked": token.revoked_at,
        "by": token.created_by,
        "created": token.created_at,
    }


def token_rows(tokens: Sequence[ServingToken], *, wide: bool) -> list[str]:
    head = ["token", "state", "scope", "end", "by", "created"]
    rows = [
        [
            token.name,
            token.state,
            token.scope,
            f"{token.expires_at:%Y-%m-%d %H:%M}" if token.expires_at else "never",
            token.created_by,
            f"{token.created_at:%Y-%m-%d %H:%M}",
        ]
        for token in tokens
    ]
    return list_lines(head, rows, spare=["created", "by"], wide=wide)
