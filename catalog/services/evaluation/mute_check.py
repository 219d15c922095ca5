"""Muting a check of a version: it stays on record, with the reason why it does not count."""

from django.db import transaction

from catalog.exceptions import InvalidRequest
from catalog.models import AuditEvent, ModelVersion
from catalog.services.evaluation.recorded_checks import recorded_checks
from catalog.services.registry.curation import change_fields, lock_version


def mute_check(*, version: ModelVersion, code: str, reason: str, actor: str) -> ModelVersion:
    """The version, of which the check takes no reason of who promotes it any more.

    Raises InvalidRequest for a check that did not fire, and without a reason.
    """
    if not reason.strip():
        raise InvalidRequest(f"`reason`: say why {code!r} does not matter here; it is kept with the version.")
    with transaction.atomic():
        version = lock_version(version)
        fired = [check.code for check in recorded_checks(version)]
        if code not in fired:
            have = ", ".join(fired) or "none"
            raise InvalidRequest(f"`code`: no check {code!r} fired for {version.reference}. Those that did: {have}.")
        return change_fields(
            version,
            AuditEvent.Verb.CHECK_MUTED,
            actor,
            to_value=code,
            reason=reason.strip(),
            changes={"muted_checks": {**version.muted_checks, code: reason.strip()}},
        )
