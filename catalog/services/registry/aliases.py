"""Aliases: which version is in production, and how to go back."""

from collections import defaultdict
from dataclasses import dataclass

from django.db import transaction

from catalog.conf import catalog_settings
from catalog.exceptions import InvalidReference, NotFound, NotPermitted, NotReady
from catalog.models import Alias, AuditEvent, ModelVersion, RegisteredModel
from catalog.models.names import check_name
from catalog.reference_syntax import LATEST
from catalog.services.persistence.audit import record_event
from catalog.services.registry.references import lock_model_version, lock_registered_model, why_not_ready

FOUR_EYES = "{reference} was made by {actor}: somebody else must promote it to {alias} (CATALOG_FOUR_EYES)."


@dataclass(frozen=True)
class AliasChange:
    """`previous` is the version that held the alias before; None when none did."""

    alias: str
    version: ModelVersion
    previous: ModelVersion | None

    @property
    def is_change(self) -> bool:
        return self.previous != self.version


def check_alias(alias: str) -> None:
    """Raises InvalidReference for what can't be the name of an alias, or would be taken for the newest version."""
    check_name(alias, "an alias")
    if alias == LATEST:
        raise InvalidReference(
            f"{alias!r} can't be the name of an alias: NAME:{alias} is the newest version. Choose another name."
        )


def is_protected(alias: str) -> bool:
    """Whether moving the alias takes the permission `promote_modelversion`."""
    return alias in catalog_settings().protected_aliases


def why_not_promoted_by(version: ModelVersion, alias: str, actor: str) -> str:
    """Why `actor`, whatever the permissions, can't promote the version to the alias; empty when nothing is in the way.

    Of a copy, who made what it is a copy of counts, too.
    """
    if not (catalog_settings().four_eyes and is_protected(alias)):
        return ""
    makers, provenance = {version.created_by}, version.provenance
    while provenance:
        makers.add(provenance.get("created_by", ""))
        provenance = provenance.get("before", {})
    return FOUR_EYES.format(reference=version.reference, actor=actor, alias=alias) if actor in makers else ""


def promote(*, reference: str, alias: str, actor: str, reason: str = "") -> AliasChange:
    """Point `alias` to the version. Nothing is recorded when it points there already. Raises CatalogError."""
    check_alias(alias)
    with transaction.atomic():
        version = lock_model_version(reference)
        if why := why_not_promoted_by(version, alias, actor):
            raise NotPermitted(why)
        return _move(alias, version, verb=AuditEvent.Verb.PROMOTED, actor=actor, reason=reason)


def roll_back(*, name: str, alias: str, actor: str, reason: str = "", to: ModelVersion | None = None) -> AliasChange:
    """Point `alias` to the version that held it before the present one did. Raises NotFound when there was none, and
    NotReady when it leads elsewhere than `to` by now.

    Rolling back twice goes back two steps: the version that was left is not the one before.
    """
    with transaction.atomic():
        version = find_rollback(lock_registered_model(name), alias)
        if to is not None and version.pk != to.pk:
            raise NotReady(
                f"{name}@{alias} was moved meanwhile: a rollback leads to {version.reference} now. Look again."
            )
        return _move(alias, version, verb=AuditEvent.Verb.ROLLED_BACK, actor=actor, reason=reason)


def find_rollback(model: RegisteredModel, alias: str) -> ModelVersion:
    """The version that a rollback leads to. Raises NotFound when there is none, or it was deleted."""
    number = previous_numbers(name=model.stored_name).get(alias)
    if number is None:
        held = [past for past in _held(model.stored_name)[alias] if past is not None]
        only = f"only version {held[0]} has held it" if held else "no version has held it"
        raise NotFound(f"{model.name}@{alias} can't be rolled back: {only}.")
    related = ModelVersion.objects.select_related("registered_model", "dataset_version__dataset")
    version = related.filter(registered_model=model, number=number).first()
    if version is None:
        raise NotFound(
            f"{model.name}@{alias} can't be rolled back: {model.name}:{number}, which held it before, was deleted. "
            "Promote another version."
        )
    return version


def _move(name: str, version: ModelVersion, *, verb: AuditEvent.Verb, actor: str, reason: str) -> AliasChange:
    """Under the lock of the version's model, under which the version was looked up too."""
    if why := why_not_ready(version):
        raise NotReady(why)
    model = version.registered_model
    aliases = Alias.objects.filter(registered_model=model, name=name)
    previous = ModelVersion.objects.for_aliases().filter(aliases__in=aliases).first()
    if previous:
        previous.registered_model = model
    change = AliasChange(name, version, previous)
    if not change.is_change:
        return change
    event = record_event(
        verb=verb,
        subject=version,
        actor=actor,
        alias=name,
        from_value=str(previous.number) if previous else "",
        to_value=str(version.number),
        reason=reason,
    )
    # Nobody else moves it meanwhile: the model's row is locked.
    if previous:
        aliases.update(model_version=version, set_at=event.at)
    else:
        Alias.objects.create(registered_model=model, name=name, model_version=version, set_at=event.at)
    return change


def remove_alias(*, name: str, alias: str, actor: str, reason: str = "") -> ModelVersion:
    """Take the alias away from the version that holds it, which is returned. Raises NotFound."""
    with transaction.atomic():
        model = lock_registered_model(name)
        aliases = Alias.objects.select_related("model_version__registered_model")
        present = aliases.filter(registered_model=model, name=alias).first()
        if present is None:
            raise NotFound(f"{model.name} has no alias {alias!r}.")
        version = present.model_version
        present.delete()
        record_event(
            verb=AuditEvent.Verb.ALIAS_REMOVED,
            subject=version,
            actor=actor,
            alias=alias,
            from_value=str(version.number),
            reason=reason,
        )
    return version


def _held(model_name: str) -> dict[str, list[int | None]]:
    """By alias the numbers that it pointed to, oldest first, without those that were rolled back from.

    None stands for the time after the alias was removed, so that a rollback leads to the version before that.
    """
    held: dict[str, list[int | None]] = defaultdict(list)
    events = AuditEvent.objects.of_aliases(model_name).order_by("id").values_list("alias", "verb", "to_value")
    for alias, verb, number in events:
        if verb == AuditEvent.Verb.ROLLED_BACK:
            _step_back(held[alias])
        else:
            held[alias].append(int(number) if number else None)
    return held


def _step_back(held: list[int | None]) -> None:
    """Drop the present holder, and the times without one before it."""
    held.pop()
    while held and held[-1] is None:
        held.pop()


def previous_numbers(*, name: str) -> dict[str, int]:
    """By alias the version that a rollback would lead to, in one query; aliases that can't go back are left out.

    `name` is the model's stored_name, which its events have.
    """
    previous = {}
    for alias, held in _held(name).items():
        _step_back(held)
        if held and held[-1] is not None:
            previous[alias] = held[-1]
    return previous
