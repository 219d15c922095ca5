"""Tokens of those who may ask the server for predictions: made, revoked and listed."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog.exceptions import InvalidRequest, NotFound, near
from catalog.models import AuditEvent, RegisteredModel, ServingToken
from catalog.models.names import check_name
from catalog.services.persistence.audit import record_event
from catalog.services.registry.references import get_registered_model

# So that a scanner for secrets that got into a repository knows one.
PREFIX = "mcs_"
RANDOM_BYTES = 32


@dataclass(frozen=True)
class NewToken:
    """`text` is what the owner sends; it is nowhere else, and can't be had again."""

    row: ServingToken
    text: str


def token_digest(text: str) -> str:
    """As 64 hexadecimal digits. SHA-256 without salt or stretching: what is hashed is random, and no word of anybody's
    choice."""
    return hashlib.sha256(text.encode()).hexdigest()


def create_token(
    *,
    name: str,
    actor: str,
    model_names: Sequence[str] = (),
    predict_only: bool = True,
    expires_at: datetime | None = None,
    reason: str = "",
) -> NewToken:
    """A token with its text, which is shown once.

    Parameters
    ----------
    name : str
        Of the program or person that gets it; each has one of its own, also after it was revoked.
    actor : str
        Who makes it.
    model_names : sequence of str, default=()
        The models that it may ask; all when empty.
    predict_only : bool, default=True
        Whether it may not read /metrics.
    expires_at : datetime, optional
        From when on it is refused; never when None.
    reason : str, default=""
        Why, for the history.

    Raises
    ------
    InvalidReference, InvalidRequest, NotFound
        The name is no name or taken, the end is past, or there is no such model.
    """
    check_name(name, "a token")
    models: list[RegisteredModel] = [get_registered_model(model) for model in dict.fromkeys(model_names)]
    if expires_at is not None and expires_at <= timezone.now():
        raise InvalidRequest(f"`expires_at` {expires_at:%Y-%m-%d %H:%M} is past. Give a later one.")
    text = PREFIX + secrets.token_urlsafe(RANDOM_BYTES)
    row = ServingToken(
        name=name,
        sha256=token_digest(text),
        model_names=sorted(model.name for model in models),
        predict_only=predict_only,
        expires_at=expires_at,
        created_by=actor,
    )
    with transaction.atomic():
        _insert(row)
        _record(AuditEvent.Verb.TOKEN_CREATED, row, actor, reason)
    return NewToken(row, text)


def _insert(row: ServingToken) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise InvalidRequest(f"`name`: there is a token {row.name} already. Choose another name.") from error


def revoke_token(*, name: str, actor: str, reason: str = "") -> ServingToken:
    """Servers refuse it from their next look on. Raises NotFound, and InvalidRequest when it was revoked before."""
    with transaction.atomic():
        row = get_token(name)
        now = timezone.now()
        if not ServingToken.objects.filter(pk=row.pk, revoked_at=None).update(revoked_at=now):
            raise InvalidRequest(f"The token {name} was revoked before: there is nothing to revoke.")
        _record(AuditEvent.Verb.TOKEN_REVOKED, row, actor, reason)
    row.revoked_at = now
    return row


def get_token(name: str) -> ServingToken:
    """Raises NotFound."""
    row = ServingToken.objects.filter(name=name).first()
    if row is None:
        names = ServingToken.objects.values_list("name", flat=True)
        raise NotFound(f"There is no token {name[:80]!r}.{near(name, names)} `manage.py tokens` lists them.")
    return row


def list_tokens() -> list[ServingToken]:
    """By name, with those that are revoked or past their end."""
    return list(ServingToken.objects.all())


def _record(verb: AuditEvent.Verb, row: ServingToken, actor: str, reason: str) -> None:
    record_event(verb=verb, subject=row, actor=actor, to_value=row.scope[:63], reason=reason)
