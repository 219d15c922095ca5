from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError

from s3site.people.devices import matching_device, needs_enrolment

WRONG_CODE = (
    "That code does not count: codes of a device are good for half a minute and for one time, and after a wrong one "
    "you have to wait a moment. Check the clock of the device, and give the next code."
)
LONGEST_CODE = 40


def code_field(label: str, **options: Any) -> forms.CharField:
    attributes = {"autocomplete": "one-time-code", "inputmode": "text", "autocapitalize": "none"}
    return forms.CharField(
        label=label, max_length=LONGEST_CODE, widget=forms.TextInput(attrs={**attributes, **options.pop("attrs", {})}),
        **options,
    )  # fmt: skip


class CodeLoginForm(AdminAuthenticationForm):
    """Name and password, and a code of whoever has a device; whoever has none sets one up next."""

    otp_token = code_field("One-time password or backup code", required=False)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        user: Any = self.get_user()
        if user is not None and not needs_enrolment(user):
            if not cleaned.get("otp_token"):
                raise ValidationError("Give the one-time password too, or one of your backup codes.", "code_required")
            user.otp_device = matching_device(user, cleaned["otp_token"])
            if user.otp_device is None:
                raise ValidationError(WRONG_CODE, "wrong_code")
        return cleaned


class NewDeviceForm(forms.Form):
    code = code_field("The code that it shows now", attrs={"inputmode": "numeric", "autofocus": True})


class CodeForm(forms.Form):
    code = code_field("One-time password or backup code", attrs={"autofocus": True})
