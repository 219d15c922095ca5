"""What rows and manifests hold as JSON: standard JSON alone, which every database takes, and nothing is lost."""

from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from catalog.exceptions import InvalidData
from catalog.strict_json import StrictDecoder, replace_numbers


class StrictEncoder(DjangoJSONEncoder):
    """Django's encoder, but infinity and NaN become `{"$float": "Infinity"}`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "allow_nan": False})

    def encode(self, o: Any) -> str:
        try:
            return super().encode(o)
        except ValueError:  # the numbers that JSON lacks; going through all values takes longer than writing them
            return super().encode(replace_numbers(o))


class RowEncoder(StrictEncoder):
    """Raises InvalidData for texts that no database takes: with a NUL in them, or with half a character."""

    def encode(self, o: Any) -> str:
        text = super().encode(o)
        if r"\u0000" in text or r"\ud" in text or not text.isascii():
            _check_texts(o)
        return text


class ExactEncoder(RowEncoder):
    """Moments keep their microseconds, so that a row can be rebuilt as it was."""

    def default(self, o: Any) -> Any:
        return o.isoformat() if isinstance(o, datetime) else super().default(o)


class StrictJSONField(models.JSONField):
    """A JSONField whose values come back as they were, whatever the database. To migrations it is a JSONField."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"encoder": RowEncoder, "decoder": StrictDecoder, **options})

    def deconstruct(self) -> Any:
        name, _, args, options = super().deconstruct()
        if self.encoder is RowEncoder:
            del options["encoder"]
        del options["decoder"]
        return name, "django.db.models.JSONField", args, options


def _check_texts(value: Any) -> None:
    match value:
        case dict():
            for name, member in value.items():
                _check_texts(name)
                _check_texts(member)
        case list() | tuple():
            for member in value:
                _check_texts(member)
        case str() if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
            raise InvalidData(f"{value[:80]!r} holds a NUL or half a character, and no database takes that.")
