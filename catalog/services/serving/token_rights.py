"""What a server knows of the tokens: read with one query in each interval, and none for a request."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from catalog.models import ServingToken


@dataclass(frozen=True)
class TokenRights:
    """What who has the token may do; `model_names` is empty for all models."""

    name: str
    model_names: frozenset[str] = frozenset()
    predict_only: bool = False
    expires_at: datetime | None = None

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()

    def may_ask(self, model_name: str) -> bool:
        return not self.model_names or model_name in self.model_names


def configured_rights(digests: Iterable[str]) -> dict[str, TokenRights]:
    """Those of tokens that the settings name by their SHA-256: they may do all that a server offers."""
    return {digest.lower(): TokenRights("of the settings") for digest in digests}


def read_token_rights() -> Mapping[str, TokenRights]:
    """By SHA-256, of all tokens that are valid now; in one query."""
    return {
        row.sha256: TokenRights(row.name, frozenset(row.model_names), row.predict_only, row.expires_at)
        for row in ServingToken.objects.valid()
    }
