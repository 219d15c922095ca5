"""Muting a check of a version, and taking that back: it stays on record, with the reason why it does not count."""

from django.db import transaction

from catalog.exceptions import InvalidRequest
from catalog.models import AuditEvent, ModelVersion
from catalog.services.evaluation.recorded_checks import recorded_checks
from catalog.services.registry.curation import change_fields, lock_version


def mute_check(*, version: ModelVersion, code: str, reason: str, actor: str) -> ModelVersion:
    """The version, of which the check takes no reason of who promotes it any more.

    Raises InvalidRequest for a check that did not fire, and without a reason.
    """
    _require_reason(reason, f"say why {code!r} does not matter here; it is kept with the version")
    with transaction.atomic():
        version = lock_version(version)
        fired = [check.code for check in recorded_checks(version)]
        if code not in fired:
            have = ", ".join(fired) or "none"
            raise InvalidRequest(f"`code`: no check {code!r} fired for {version.reference}. Those that did: {have}.")
        muted = {**version.muted_checks, code: reason.strip()}
        return _record(version, AuditEvent.Verb.CHECK_MUTED, code, reason, muted, actor)


def unmute_check(*, version: ModelVersion, code: str, reason: str, actor: str) -> ModelVersion:
    """The version, of which the check counts again. Raises InvalidRequest for one that is not muted, and without a
    reason."""
    _require_reason(reason, f"say why {code!r} matters after all; it is kept in the history")
    with transaction.atomic():
        version = lock_version(version)
        if code not in version.muted_checks:
            have = ", ".join(version.muted_checks) or "none"
            raise InvalidRequest(f"`code`: no check {code!r} of {version.reference} is muted. Those that are: {have}.")
        muted = {name: why for name, why in version.muted_checks.items() if name != code}
        return _record(version, AuditEvent.Verb.CHECK_UNMUTED, code, reason, muted, actor)


def _require_reason(reason: str, advice: str) -> None:
    if not reason.strip():
        raise InvalidRequest(f"`reason`: {advice}.")


def _record(
    version: ModelVersion, verb: AuditEvent.Verb, code: str, reason: str, muted: dict[str, str], actor: str
) -> ModelVersion:
    changes = {"muted_checks": muted}
    return change_fields(version, verb, actor, to_value=code[:63], reason=reason.strip(), changes=changes)
