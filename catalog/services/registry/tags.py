"""Tags: what a team calls its models, datasets and versions by, as `stage=eu`."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, cast

from django.db import transaction

from catalog.exceptions import InvalidRequest, near
from catalog.models import AuditEvent, Dataset, DatasetVersion, ModelVersion, RegisteredModel
from catalog.models.names import MOST_TAGS, tag_problem
from catalog.services.registry.curation import change_fields, lock_version
from catalog.services.search.search_index import index_tags_again

Tagged = TypeVar("Tagged", bound=Dataset | DatasetVersion | ModelVersion | RegisteredModel)
LONGEST_STEP = 63


def change_tags(
    *, subject: Tagged, tags: Mapping[str, str], remove: Sequence[str] = (), actor: str, reason: str = ""
) -> Tagged:
    """Give the subject these tags and take away those of the keys in `remove`; others stay. Nothing is recorded when
    that changes nothing. Raises InvalidRequest.
    """
    for key, value in tags.items():
        if problem := tag_problem(key, value):
            raise InvalidRequest(f"`tags`: {problem}")
    if both := sorted(set(remove) & tags.keys()):
        raise InvalidRequest(f"`remove`: {both[0]} is set at the same time. Do one of the two.")
    with transaction.atomic():
        subject = _lock(subject)
        return _change(subject, _changed(subject, tags, remove), actor, reason)


def replace_tags(*, subject: Tagged, tags: Mapping[str, str], actor: str, reason: str = "") -> Tagged:
    """The subject with these tags and no others, as change_tags() does it."""
    gone = [key for key in subject.tags if key not in tags]
    return change_tags(subject=subject, tags=tags, remove=gone, actor=actor, reason=reason)


def parse_tags(texts: Sequence[str]) -> dict[str, str]:
    """Of texts as `stage=eu`. Raises InvalidRequest."""
    tags: dict[str, str] = {}
    for text in texts:
        key, sign, value = (part.strip() for part in text.partition("="))
        if not sign:
            raise InvalidRequest(f"`tags`: {text[:80]!r} is no tag. Write key=value, as stage=eu.")
        if key in tags:
            raise InvalidRequest(f"`tags`: {key[:80]!r} is given twice.")
        tags[key] = value
    return tags


def _changed(subject: Any, tags: Mapping[str, str], remove: Sequence[str]) -> dict[str, str]:
    if missing := [key for key in remove if key not in subject.tags]:
        raise InvalidRequest(f"`remove`: {subject} has no tag {missing[0][:80]!r}.{near(missing[0], subject.tags)}")
    changed = {key: value for key, value in {**subject.tags, **tags}.items() if key not in remove}
    if len(changed) > MOST_TAGS:
        raise InvalidRequest(f"`tags`: {subject} would have {len(changed)} tags; it can have {MOST_TAGS}.")
    return dict(sorted(changed.items()))


def _change(subject: Tagged, tags: dict[str, str], actor: str, reason: str) -> Tagged:
    if tags == subject.tags:
        return subject
    gone = [f"-{key}" for key in subject.tags if key not in tags]
    new = [f"{key}={value}" for key, value in tags.items() if subject.tags.get(key) != value]
    step = ", ".join([*new, *gone])
    to_value = step if len(step) <= LONGEST_STEP else f"{step[: LONGEST_STEP - 1]}…"
    change_fields(subject, AuditEvent.Verb.TAGGED, actor, changes={"tags": tags}, to_value=to_value, reason=reason)
    index_tags_again(subject)
    return subject


def _lock(subject: Tagged) -> Tagged:
    if isinstance(subject, ModelVersion | DatasetVersion):
        return lock_version(subject)
    rows: Any = type(subject)._default_manager.select_for_update()
    return cast(Tagged, rows.get(pk=subject.pk))
