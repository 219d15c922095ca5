"""One-time passwords: a person's device that shows them, and backup codes for when it is lost. What changes is audited.

A person has one device at most; setting up another one replaces it and its backup codes.
"""

from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django_otp import devices_for_user, user_has_device, verify_token
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from catalog.models import AuditEvent
from catalog.services.persistence.audit import record_event

BACKUP_CODE_COUNT = 10
TOTP_DIGITS = 6


def needs_enrolment(user: Any) -> bool:
    """Whether nothing but the password stands between the person and the site."""
    return not user_has_device(user)


def begin_enrolment(*, user: Any) -> TOTPDevice:
    """A new device that counts once a code of it was given; one that was begun before is forgotten."""
    with transaction.atomic():
        get_user_model().objects.select_for_update().get(pk=user.pk)
        TOTPDevice.objects.filter(user=user, confirmed=False).delete()
        return TOTPDevice.objects.create(user=user, name="One-time password", confirmed=False)


def begun_device(user: Any) -> TOTPDevice | None:
    return TOTPDevice.objects.filter(user=user, confirmed=False).first()


def confirm_device(*, user: Any, code: str, is_verified: bool) -> tuple[TOTPDevice, list[str]] | None:
    """The device that the person began and its backup codes; None when `code` is not what it shows now.

    Where there is a device already, only somebody who gave a code of that in this session may replace it.
    """
    with transaction.atomic():
        get_user_model().objects.select_for_update().get(pk=user.pk)
        device = begun_device(user)
        if device is None or not (is_verified or needs_enrolment(user)) or not device.verify_token(code):
            return None
        TOTPDevice.objects.filter(user=user).exclude(pk=device.pk).delete()
        device.confirmed = True
        device.save(update_fields=["confirmed"])
        codes = _replace_backup_codes(user)
        _record(AuditEvent.Verb.DEVICE_SET_UP, user, user.get_username())
        return device, codes


def make_backup_codes(*, user: Any) -> list[str]:
    """New ones; those from before are void."""
    with transaction.atomic():
        codes = _replace_backup_codes(user)
        _record(AuditEvent.Verb.BACKUP_CODES_MADE, user, user.get_username())
        return codes


def reset_devices(*, user: Any, actor: str, reason: str = "") -> None:
    """Forget the person's device and backup codes, also one that was begun."""
    with transaction.atomic():
        for device in list(devices_for_user(user, confirmed=None)):
            device.delete()
        _record(AuditEvent.Verb.DEVICES_RESET, user, actor, reason)


def matching_device(user: Any, code: str) -> Any:
    """The person's device that takes the code, which is good for one time; None when there is none.

    Only what shows such codes is asked: each wrong one makes a device wait longer before the next is looked at.
    """
    code = "".join(code.split()).lower()
    kind = TOTPDevice if code.isdecimal() and len(code) == TOTP_DIGITS else StaticDevice
    for device in devices_for_user(user):
        if isinstance(device, kind) and verify_token(user, device.persistent_id, code):
            return device
    return None


def count_backup_codes(user: Any) -> int:
    return int(StaticToken.objects.filter(device__user=user).count())


def _replace_backup_codes(user: Any) -> list[str]:
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="Backup codes")
    codes = [StaticToken.random_token() for _ in range(BACKUP_CODE_COUNT)]
    StaticToken.objects.bulk_create(StaticToken(device=device, token=code) for code in codes)
    return codes


def _record(verb: AuditEvent.Verb, user: Any, actor: str, reason: str = "") -> None:
    longest = AuditEvent._meta.get_field("to_value").max_length
    record_event(verb=verb, subject=user, actor=actor, reason=reason, to_value=user.get_username()[:longest])
