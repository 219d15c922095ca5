"""Names of datasets, models and aliases: what they may be, said once for the database and for messages."""

import re
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from catalog.exceptions import InvalidReference
from catalog.reference_syntax import PATTERN, RULE

__all__ = ["PATTERN", "RULE", "check_name", "name_constraint"]

ATTACHED_NAME, MOST_ATTACHED = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", 100
LONGEST_TAG, MOST_TAGS = 255, 100


def is_name(text: str) -> bool:
    return re.fullmatch(PATTERN, text, re.ASCII) is not None


def check_name(name: str, kind: str) -> str:
    """`name` itself. Raises InvalidReference when it breaks the rule; `kind` is the word for the message."""
    if not is_name(name):
        raise InvalidReference(f"{name[:80]!r} can't be the name of {kind}: use {RULE}.")
    return name


def name_constraint(constraint_name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=models.Q(name__regex=rf"^{PATTERN}\Z"),
        name=constraint_name,
        violation_error_message=f"Use {RULE}.",
    )


def validate_names(names: Any) -> None:
    """Raises ValidationError unless all are names."""
    if not all(isinstance(name, str) and is_name(name) for name in names):
        raise ValidationError(f"{str(names)[:80]} are no names.")


def tag_problem(key: Any, value: Any) -> str:
    """What is wrong with a tag; empty when nothing is."""
    if not isinstance(key, str) or not is_name(key):
        return f"{str(key)[:80]!r} can't be the key of a tag: use {RULE}."
    is_line = isinstance(value, str) and value.strip() == value != "" and value.isprintable()
    if not is_line or len(value) > LONGEST_TAG:
        return (
            f"{str(value)[:80]!r} can't be the value of the tag {key}: use one line of 1 to {LONGEST_TAG} characters."
        )
    return ""


def tag_texts(tags: Mapping[str, str]) -> list[str]:
    """As they are typed, by key: PostgreSQL keeps them in another order than they were written in."""
    return [f"{key}={value}" for key, value in sorted(tags.items())]


def validate_tags(tags: Any) -> None:
    """Raises ValidationError unless all keys and values are such as tags have."""
    problems = [problem for key, value in tags.items() if (problem := tag_problem(key, value))]
    if problems or len(tags) > MOST_TAGS:
        raise ValidationError(problems[:1] or f"{len(tags)} tags are more than {MOST_TAGS}.")


def validate_attachments(records: Any) -> None:
    """Raises ValidationError unless each is what the catalog records of an attached file, under a name of its own."""
    names = [record["name"] for record in records if is_attachment(record)]
    if len(names) != len(records) or len(set(names)) != len(names) or len(names) > MOST_ATTACHED:
        raise ValidationError("These are no records of attached files.")


def is_attachment(record: Any) -> bool:
    if not isinstance(record, dict) or record.keys() != {"name", "sha256", "size_bytes", "upload_token", "by", "at"}:
        return False
    texts = [record[name] for name in ("name", "sha256", "upload_token", "by", "at")]
    return (
        all(isinstance(text, str) for text in texts)
        and re.fullmatch(ATTACHED_NAME, record["name"], re.ASCII) is not None
        and re.fullmatch(r"[0-9a-f]{64}", record["sha256"]) is not None
        and type(record["size_bytes"]) is int
        and record["size_bytes"] >= 0
    )
