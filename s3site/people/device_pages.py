"""The pages on which people set up their one-time passwords: for themselves alone, and by POST alone.

While somebody has a device, the pages ask for a code of it first, so that a session without one can't replace it.
"""

from base64 import b32encode
from typing import Any

import django_otp
from django.conf import settings
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString, mark_safe

from s3site.people.code_forms import WRONG_CODE, CodeForm, NewDeviceForm
from s3site.people.devices import (
    begin_enrolment,
    begun_device,
    confirm_device,
    count_backup_codes,
    make_backup_codes,
    matching_device,
    needs_enrolment,
)

KEY_GROUP = 4


def device_page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """What there is; a POST begins a new device, or proves by a code that the session is the person's."""
    user: Any = request.user
    if needs_enrolment(user) or user.is_verified():
        if request.method == "POST":
            begin_enrolment(user=user)
            return redirect("admin:one_time_password_confirm")
        context = {"has_device": user.is_verified(), "backup_code_count": count_backup_codes(user)}
        return _page(site, request, "device.html", **context)
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        if device := matching_device(user, form.cleaned_data["code"]):
            _verify_session(request, device)
            return redirect("admin:one_time_password")
        form.add_error("code", WRONG_CODE)
    return _page(site, request, "code.html", form=form, submit="Go on")


def confirm_page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """The new device's key as a QR code; a POST with a code that it shows makes it count."""
    user: Any = request.user
    device = begun_device(user)
    if device is None or not (needs_enrolment(user) or user.is_verified()):
        return redirect("admin:one_time_password")
    form = NewDeviceForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        confirmed = confirm_device(user=user, code=form.cleaned_data["code"], is_verified=user.is_verified())
        if confirmed is not None:
            _verify_session(request, confirmed[0])
            return _page(site, request, "backup_codes.html", codes=confirmed[1], is_new_device=True)
        form.add_error("code", WRONG_CODE)
    key = b32encode(device.bin_key).decode()
    groups = " ".join(key[at : at + KEY_GROUP] for at in range(0, len(key), KEY_GROUP))
    qr_code = qr_code_svg(device.config_url)
    return _page(site, request, "code.html", form=form, submit="Confirm", qr_code=qr_code, key=groups)


def backup_codes_page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """A POST of somebody who gave a code in this session makes new codes and shows them, this one time."""
    user: Any = request.user
    if request.method != "POST" or not user.is_verified():
        return redirect("admin:one_time_password")
    return _page(site, request, "backup_codes.html", codes=make_backup_codes(user=user), is_new_device=False)


def qr_code_svg(text: str) -> SafeString:
    """An image of black squares that needs no style, so that the content security policy lets it be."""
    import qrcode
    from qrcode.image.svg import SvgPathImage

    image: str = qrcode.make(text, image_factory=SvgPathImage).to_string(encoding="unicode")
    return mark_safe(image)  # noqa: S308 - the text is in the squares alone


def _verify_session(request: HttpRequest, device: Any) -> None:
    """The session is that of somebody who gave a code; its old name is void."""
    request.session.cycle_key()
    django_otp.login(request, device)


def _page(site: AdminSite, request: HttpRequest, template: str, **context: Any) -> HttpResponse:
    common = {"title": "One-time password", "is_required": settings.REQUIRE_TOTP}
    shown = {**site.each_context(request), **common, **context}
    return TemplateResponse(request, f"admin/catalog/one_time_password/{template}", shown)
