from typing import Any

import pytest

from catalog.exceptions import InvalidRequest
from catalog.models import AuditEvent, ModelVersion
from catalog.services.evaluation.mute_check import mute_check, unmute_check
from catalog.services.evaluation.recorded_checks import muted_checks, open_checks, recorded_checks
from catalog.services.registry.change_review import review_promotion
from tests.services.snapshots import later_version

CHECKS = [{"code": "leak", "sentence": "It leaks."}, {"code": "uncalibrated", "sentence": "It is off."}]


@pytest.fixture
def doubted(late_v1: ModelVersion) -> ModelVersion:
    return later_version(late_v1, report={**late_v1.report, "checks": CHECKS})


def test_a_check_that_fired_takes_a_reason_of_who_promotes(doubted: ModelVersion) -> None:
    assert review_promotion(version=doubted, alias="production").reasons == [
        "check leak fired", "check uncalibrated fired"
    ]  # fmt: skip
    assert review_promotion(version=doubted, alias="staging").reasons == []


def test_a_muted_check_takes_none_and_stays_on_record(doubted: ModelVersion) -> None:
    muted = mute_check(version=doubted, code="leak", reason=" Known before. ", actor="ada")
    assert [check.code for check in open_checks(muted)] == ["uncalibrated"]
    assert [(check.code, check.muted) for check in recorded_checks(muted)] == [
        ("uncalibrated", ""), ("leak", "Known before.")
    ]  # fmt: skip
    assert review_promotion(version=muted, alias="production").reasons == ["check uncalibrated fired"]


def test_who_muted_it_and_why_is_in_the_history(doubted: ModelVersion) -> None:
    mute_check(version=doubted, code="leak", reason="Known before.", actor="ada")
    event = AuditEvent.objects.get(verb="check_muted")
    assert (event.actor, event.to_value, event.reason) == ("ada", "leak", "Known before.")
    assert event.changes == {"muted_checks": {"leak": "Known before."}}


def test_a_check_that_is_unmuted_takes_a_reason_again_and_says_why(doubted: ModelVersion) -> None:
    for code in ("leak", "uncalibrated"):
        mute_check(version=doubted, code=code, reason="Known before.", actor="ada")
    unmuted = unmute_check(version=doubted, code="leak", reason=" It is not. ", actor="grace")
    assert [check.code for check in muted_checks(unmuted)] == ["uncalibrated"]
    assert review_promotion(version=unmuted, alias="production").reasons == ["check leak fired"]
    event = AuditEvent.objects.get(verb="check_unmuted")
    assert (event.actor, event.to_value, event.reason) == ("grace", "leak", "It is not.")
    assert event.changes == {"muted_checks": {"uncalibrated": "Known before."}}


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"code": "leak", "reason": ""}, "`reason`: say why 'leak' matters after all"),
        ({"code": "uncalibrated", "reason": "no"}, "`code`: no check 'uncalibrated' of late:2 is muted. .*: leak."),
    ],
)
def test_what_can_not_be_unmuted_is_refused(doubted: ModelVersion, asked: dict[str, Any], message: str) -> None:
    mute_check(version=doubted, code="leak", reason="Known before.", actor="ada")
    with pytest.raises(InvalidRequest, match=message):
        unmute_check(version=doubted, actor="ada", **asked)
    assert not AuditEvent.objects.filter(verb="check_unmuted").exists()


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"code": "leak", "reason": " "}, "`reason`: say why 'leak' does not matter here"),
        ({"code": "leek", "reason": "no"}, "`code`: no check 'leek' fired for late:2. Those that did: leak, uncalib"),
    ],
)
def test_what_can_not_be_muted_is_refused(doubted: ModelVersion, asked: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        mute_check(version=doubted, actor="ada", **asked)
    assert not AuditEvent.objects.filter(verb="check_muted").exists()
