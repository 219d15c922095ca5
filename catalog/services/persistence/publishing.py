"""Aliases published beside their model in the bucket, for applications that have no database.

What is stored is made from the database at that moment, and never takes the place of what a newer event says. After
each write the database is asked again: whoever writes last has then seen the newest event, also where the server knows
no conditional writes.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from catalog.exceptions import NotFound
from catalog.models import AuditEvent, ModelVersion, RegisteredModel
from catalog.models.encoding import ExactEncoder
from catalog.models.registered_model import STORED_NAME
from catalog.services.persistence.published_versions import ALIAS_KIND, event_of, version_values
from catalog.services.persistence.signing import FORMAT, sign_manifest
from catalog.storage.interface import catalog_storage
from catalog.storage.keys import published_alias


@dataclass(frozen=True, order=True)
class AliasKey:
    model: str
    alias: str

    def __str__(self) -> str:
        return f"{self.model}@{self.alias}"

    @property
    def published_key(self) -> str:
        return published_alias(self.model, self.alias)


@dataclass(frozen=True)
class AliasMove:
    """`to_value` is the number of the version that the event points the alias to; empty when it removes the alias."""

    event: int
    to_value: str
    at: datetime | str


def publish_alias(key: AliasKey) -> bool:
    """Store what the newest event of the alias says, unless a newer one is there: then it is False.

    Raises StorageError, and NotFound for an alias without a history or a version that is gone.
    """
    while True:
        move = _newest_move(key)
        versions = versions_of({key: move})
        content = published_text(key, move, versions.get(f"{key.model}:{move.to_value}")).encode()
        is_stored = catalog_storage().publish(
            key.published_key,
            content,
            replaces=partial(_is_replaced, content=content, event=move.event),
        )
        if _newest_move(key).event == move.event:
            return is_stored


def _is_replaced(present: bytes, *, content: bytes, event: int) -> bool:
    """What is not sound is, and what tells of an older event; of the same event, what another hand made of it."""
    return event_of(present) <= event and present != content


def _newest_move(key: AliasKey) -> AliasMove:
    event = AuditEvent.objects.of_alias(key.model, key.alias).order_by("-id").first()
    if event is None:
        raise NotFound(f"There is no history of {key}.")
    return AliasMove(event.pk, event.to_value, event.at)


def versions_of(moves: Mapping[AliasKey, AliasMove]) -> dict[str, ModelVersion]:
    """By the reference that the bucket has, the versions that these lead to. One query."""
    names = {key.model for key, move in moves.items() if move.to_value}
    numbers = {int(move.to_value) for move in moves.values() if move.to_value}
    rows = ModelVersion.objects.select_related("registered_model")
    models = RegisteredModel.objects.annotate(stored=STORED_NAME).filter(stored__in=names).order_by()
    found = rows.filter(registered_model__in=models, number__in=numbers) if names else ()
    return {version.stored_reference: version for version in found}


def published_text(key: AliasKey, move: AliasMove, version: ModelVersion | None) -> str:
    """The object, with its signature and digest. Raises NotFound where the version is gone."""
    return sign_manifest(
        json.dumps(published_values(key, move, version), cls=ExactEncoder, indent=1, ensure_ascii=False)
    )


def published_values(key: AliasKey, move: AliasMove, version: ModelVersion | None) -> dict[str, Any]:
    if version is None and move.to_value:
        raise NotFound(f"{key} leads to {key.model}:{move.to_value}, which is not in the database.")
    return {
        "format": FORMAT,
        "kind": ALIAS_KIND,
        "model": key.model,
        "alias": key.alias,
        "event": move.event,
        "at": move.at,
        "version": None if version is None else version_values(version),
    }
