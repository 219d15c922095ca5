from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from catalog.exceptions import InvalidReference, NotFound, NotPermitted, NotReady
from catalog.models import Alias, AuditEvent, ModelVersion
from catalog.models.model_version import LARGE_FIELDS
from catalog.services.registry.aliases import is_protected, promote, roll_back
from catalog.services.registry.listings import list_versions
from tests.services.snapshots import later_version

pytestmark = pytest.mark.both_databases


@pytest.fixture
def four(late_v1: ModelVersion) -> list[ModelVersion]:
    return [late_v1, *(later_version(late_v1) for _ in range(3))]


def put(number: int, alias: str = "production") -> None:
    promote(reference=f"late:{number}", alias=alias, actor="ada")


def back(alias: str = "production") -> int:
    return roll_back(name="late", alias=alias, actor="ada").version.number


def in_production() -> int:
    return Alias.objects.get(name="production").model_version.number


def test_the_promoted_version_holds_the_alias(four: list[ModelVersion]) -> None:
    put(2)
    assert in_production() == 2


def test_the_alias_says_since_when_it_leads_there(four: list[ModelVersion]) -> None:
    for number in (1, 2):
        put(number)
        assert Alias.objects.get().set_at == AuditEvent.objects.filter(verb="promoted").latest("id").at


def test_a_change_says_what_held_the_alias_before(four: list[ModelVersion]) -> None:
    put(2)
    change = promote(reference="late:3", alias="production", actor="ada")
    assert (change.version, change.previous, change.is_change) == (four[2], four[1], True)


def test_promoting_the_present_holder_records_nothing(four: list[ModelVersion]) -> None:
    put(2)
    change = promote(reference="late:2", alias="production", actor="grace")
    assert not change.is_change
    assert AuditEvent.objects.filter(verb="promoted").count() == 1


def test_rolling_back_once_goes_to_the_version_before(four: list[ModelVersion]) -> None:
    for number in (1, 2, 3):
        put(number)
    assert (back(), in_production()) == (2, 2)


def test_rolling_back_twice_goes_back_two(four: list[ModelVersion]) -> None:
    for number in (1, 2, 3):
        put(number)
    assert [back(), back()] == [2, 1]


def test_rolling_back_past_the_first_is_refused_and_changes_nothing(four: list[ModelVersion]) -> None:
    put(1)
    put(2)
    back()
    with pytest.raises(NotFound, match="can't be rolled back"):
        back()
    assert in_production() == 1


def test_a_promotion_after_a_rollback_leads_back_to_where_the_rollback_led(four: list[ModelVersion]) -> None:
    for number in (1, 2, 3):
        put(number)
    back()
    put(4)
    assert [back(), back()] == [2, 1]


def test_promoting_an_earlier_version_again_is_a_step_of_its_own(four: list[ModelVersion]) -> None:
    for number in (1, 2, 1):
        put(number)
    assert [back(), back()] == [2, 1]


def test_aliases_have_histories_of_their_own(four: list[ModelVersion]) -> None:
    put(1)
    put(3, "staging")
    put(2)
    put(4, "staging")
    assert (back("staging"), in_production()) == (3, 2)


def test_a_rollback_is_an_event_with_its_reason(four: list[ModelVersion]) -> None:
    put(1)
    put(2)
    roll_back(name="late", alias="production", actor="grace", reason="It drifts")
    event = AuditEvent.objects.latest("id")
    assert (event.verb, event.actor, event.reason) == ("rolled_back", "grace", "It drifts")
    assert (event.alias, event.from_value, event.to_value, event.version_number) == ("production", "2", "1", 1)


def test_promoting_takes_few_queries_and_reads_no_large_field(
    four: list[ModelVersion], django_assert_num_queries: Any
) -> None:
    put(1)
    put(2)
    with django_assert_num_queries(10) as captured:  # two of which are a savepoint
        put(3)
    statements = " ".join(query["sql"] for query in captured)
    assert not [name for name in LARGE_FIELDS if f'"{name}"' in statements]


def test_what_held_the_alias_at_a_time_is_one_query(four: list[ModelVersion], django_assert_num_queries: Any) -> None:
    put(1)
    between = timezone.now()
    put(2)
    with django_assert_num_queries(1):
        assert AuditEvent.objects.alias_at("late", "production", between) == 1
    assert AuditEvent.objects.alias_at("late", "production", timezone.now()) == 2


def test_nothing_held_the_alias_before_the_first_promotion(four: list[ModelVersion]) -> None:
    before = timezone.now() - timedelta(seconds=1)
    put(1)
    assert AuditEvent.objects.alias_at("late", "production", before) is None
    assert AuditEvent.objects.alias_at("late", "staging", timezone.now()) is None


@pytest.mark.parametrize("status", ["PENDING", "FAILED"])
def test_a_version_that_is_not_ready_can_not_hold_an_alias(four: list[ModelVersion], status: str) -> None:
    ModelVersion.objects.filter(number=2).update(status=status)
    with pytest.raises(NotReady, match=f"late:2 is {status}"):
        put(2)
    assert not Alias.objects.exists()


def test_an_archived_version_is_refused_with_how_to_restore_it(four: list[ModelVersion]) -> None:
    ModelVersion.objects.filter(number=2).update(archived_at=timezone.now())
    with pytest.raises(NotReady, match=r"late:2 is ARCHIVED\. Restore it \(manage\.py restore_version late:2\)"):
        put(2)


def test_a_rollback_to_a_version_that_is_no_longer_ready_is_refused(four: list[ModelVersion]) -> None:
    put(1)
    put(2)
    ModelVersion.objects.filter(number=1).update(status="FAILED")
    with pytest.raises(NotReady, match="late:1 is FAILED"):
        back()
    assert in_production() == 2


def test_an_alias_of_a_wrong_name_is_refused(four: list[ModelVersion]) -> None:
    with pytest.raises(InvalidReference):
        put(1, "Production")


def test_only_the_aliases_of_the_settings_are_protected(settings: Any) -> None:
    settings.CATALOG["PROTECTED_ALIASES"] = ["live"]
    assert (is_protected("live"), is_protected("production")) == (True, False)


def test_versions_are_listed_newest_first(four: list[ModelVersion]) -> None:
    assert [version.number for version in list_versions(name="late")] == [4, 3, 2, 1]


@pytest.mark.parametrize("extra", [0, 30])
def test_listing_takes_as_many_queries_for_many_versions(
    late_v1: ModelVersion, extra: int, django_assert_num_queries: Any
) -> None:
    for _ in range(extra):
        later_version(late_v1)
    with django_assert_num_queries(3):
        for version in list_versions(name="late"):
            assert version.reference
            assert version.dataset_version.reference
            assert version.alias_names == []


@pytest.fixture
def four_eyes(settings: Any) -> None:
    settings.CATALOG["FOUR_EYES"] = True


@pytest.mark.usefixtures("four_eyes")
def test_with_four_eyes_who_trained_a_version_does_not_promote_it(late_v1: ModelVersion) -> None:
    with pytest.raises(NotPermitted, match="late:1 was made by ada: somebody else must promote it to production"):
        promote(reference="late:1", alias="production", actor="ada")
    promote(reference="late:1", alias="staging", actor="ada")
    promote(reference="late:1", alias="production", actor="grace")
    assert Alias.objects.get(name="production").model_version == late_v1


@pytest.mark.usefixtures("four_eyes")
def test_with_four_eyes_a_copy_is_as_its_original(late_v1: ModelVersion) -> None:
    provenance = {"copied_from": "late:1", "created_by": "linus", "before": {"created_by": "grace"}}
    later_version(late_v1, provenance=provenance)
    for maker in ("ada", "linus", "grace"):
        with pytest.raises(NotPermitted, match=f"late:2 was made by {maker}"):
            promote(reference="late:2", alias="production", actor=maker)
    promote(reference="late:2", alias="production", actor="alan")


@pytest.mark.usefixtures("four_eyes")
def test_with_four_eyes_all_who_may_promote_may_roll_back(late_v1: ModelVersion) -> None:
    later_version(late_v1)
    for number in (1, 2):
        promote(reference=f"late:{number}", alias="production", actor="grace")
    assert roll_back(name="late", alias="production", actor="ada").version == late_v1


def test_without_four_eyes_they_do(late_v1: ModelVersion) -> None:
    assert promote(reference="late:1", alias="production", actor="ada").is_change
