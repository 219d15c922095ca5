"""What a form calls the fields that services name in their messages."""

from django import forms
from django.forms.utils import pretty_name

from catalog.exceptions import fields_in, rename_fields


def field_labels(form: type[forms.Form]) -> dict[str, str]:
    """The label of each field, as the form's page shows it."""
    return {name: str(field.label or pretty_name(name)) for name, field in form.base_fields.items()}


def add_refusal(form: forms.Form, message: str, *, elsewhere: str | None = None) -> None:
    """Show why a service refused what the form asked for, at the field that the message names first.

    When it names none, at the field `elsewhere`; without one, above the form.
    """
    labels = field_labels(type(form))
    at = next((name for name in fields_in(message) if name in form.fields), elsewhere)
    form.add_error(at, rename_fields(message, labels))
