"""Names of datasets, models and aliases: what they may be, said once for the database and for messages."""

import re

from django.db import models

from catalog.exceptions import InvalidReference
from catalog.reference_syntax import PATTERN, RULE

__all__ = ["PATTERN", "RULE", "check_name", "name_constraint"]


def check_name(name: str, kind: str) -> str:
    """`name` itself. Raises InvalidReference when it breaks the rule; `kind` is the word for the message."""
    if not re.fullmatch(PATTERN, name, re.ASCII):
        raise InvalidReference(f"{name[:80]!r} can't be the name of {kind}: use {RULE}.")
    return name


def name_constraint(constraint_name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=models.Q(name__regex=rf"^{PATTERN}\Z"),
        name=constraint_name,
        violation_error_message=f"Use {RULE}.",
    )
