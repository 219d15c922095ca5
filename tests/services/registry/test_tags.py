"""Tags of all four kinds: set, replaced, taken away; in the history, in manifests, and found by their index."""

from typing import Any

import pytest

from catalog.exceptions import InvalidRequest
from catalog.models import AuditEvent, IndexedTag, ModelVersion
from catalog.services.registry.tags import change_tags, parse_tags, replace_tags

KINDS = {
    "model version": lambda version: version,
    "model": lambda version: version.registered_model,
    "dataset version": lambda version: version.dataset_version,
    "dataset": lambda version: version.dataset_version.dataset,
}


@pytest.fixture(params=KINDS)
def subject(late_v1: ModelVersion, request: pytest.FixtureRequest) -> Any:
    return KINDS[request.param](late_v1)


def indexed() -> list[str]:
    return sorted(str(tag) for tag in IndexedTag.objects.all())


def test_tags_are_set_beside_those_that_are_there(subject: Any) -> None:
    change_tags(subject=subject, tags={"stage": "eu"}, actor="ada")
    change_tags(subject=subject, tags={"checked": "yes"}, actor="ada")
    subject.refresh_from_db()
    assert subject.tags == {"checked": "yes", "stage": "eu"}
    assert indexed() == ["checked=yes", "stage=eu"]


def test_a_tag_replaces_the_one_of_its_key(subject: Any) -> None:
    for stage in ("eu", "us"):
        change_tags(subject=subject, tags={"stage": stage}, actor="ada")
    assert indexed() == ["stage=us"]


def test_tags_are_taken_away(subject: Any) -> None:
    change_tags(subject=subject, tags={"stage": "eu", "old": "1"}, actor="ada")
    changed = change_tags(subject=subject, tags={}, remove=["old"], actor="ada")
    assert (changed.tags, indexed()) == ({"stage": "eu"}, ["stage=eu"])


def test_all_tags_are_replaced_at_once(subject: Any) -> None:
    change_tags(subject=subject, tags={"stage": "eu", "old": "1"}, actor="ada")
    subject.refresh_from_db()
    replace_tags(subject=subject, tags={"new": "2"}, actor="ada")
    assert indexed() == ["new=2"]


def test_a_change_is_an_event_and_no_change_is_none(subject: Any) -> None:
    for _ in range(2):
        change_tags(subject=subject, tags={"stage": "eu"}, actor="ada", reason="moved")
    (event,) = AuditEvent.objects.filter(verb="tagged")
    assert (event.actor, event.to_value, event.reason, event.changes) == (
        "ada",
        "stage=eu",
        "moved",
        {"tags": {"stage": "eu"}},
    )


def test_an_event_of_long_tags_is_kept_short(late_v1: ModelVersion) -> None:
    change_tags(subject=late_v1, tags={"a": "x" * 255}, actor="ada")
    assert AuditEvent.objects.get(verb="tagged").to_value == "a=" + "x" * 60 + "…"


@pytest.mark.parametrize(
    ("tags", "remove", "message"),
    [
        ({"A B": "1"}, [], "`tags`: 'A B' can't be the key of a tag: use 1 to 63 lowercase letters"),
        ({"a": ""}, [], "`tags`: '' can't be the value of the tag a: use one line of 1 to 255 characters."),
        ({"a": "x" * 256}, [], "`tags`: 'xxxx"),
        ({"a": "one\ntwo"}, [], "`tags`: 'one\\ntwo' can't be the value of the tag a"),
        ({}, ["stag"], "`remove`: late:1 has no tag 'stag'. Did you mean stage?"),
        ({"a": "1"}, ["a"], "`remove`: a is set at the same time. Do one of the two."),
        ({f"t{at}": "1" for at in range(100)}, [], "`tags`: late:1 would have 101 tags; it can have 100."),
    ],
)
def test_what_is_no_tag_is_refused_and_changes_nothing(
    late_v1: ModelVersion, tags: dict[str, str], remove: list[str], message: str
) -> None:
    change_tags(subject=late_v1, tags={"stage": "eu"}, actor="ada")
    with pytest.raises(InvalidRequest) as caught:
        change_tags(subject=late_v1, tags=tags, remove=remove, actor="ada")
    assert str(caught.value).startswith(message)
    assert (indexed(), AuditEvent.objects.filter(verb="tagged").count()) == (["stage=eu"], 1)


def test_texts_are_read_as_tags() -> None:
    assert parse_tags(["stage = eu", "a=b=c"]) == {"stage": "eu", "a": "b=c"}


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["stage"], "`tags`: 'stage' is no tag. Write key=value, as stage=eu."),
        (["a=1", "a=2"], "`tags`: 'a' is given twice."),
    ],
)
def test_a_text_that_is_no_tag_is_refused(texts: list[str], message: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_tags(texts)
    assert str(caught.value) == message
