from typing import Any

import pytest

from catalog.models import Alias, AuditEvent, ModelVersion
from catalog.services.registry import change_review
from tests.commands.conftest import Run
from tests.services.snapshots import later_version, make_evaluation


@pytest.fixture
def three(late_v1: ModelVersion) -> list[str]:
    """`late:1` to `late:3`, and their abbreviated digests."""
    return [version.sha256[:12] for version in (late_v1, later_version(late_v1), later_version(late_v1))]


def test_promote_says_what_holds_the_alias_now(run: Run, late_v1: ModelVersion) -> None:
    outcome = run("promote", "late:1")
    assert outcome.out == f"late:1 (sha256 {late_v1.sha256[:12]}…) holds the alias production now.\n"


def test_promote_says_what_held_it_before(run: Run, three: list[str]) -> None:
    run("promote", "late:1")
    assert run("promote", "late:2").out == (
        f"late:2 (sha256 {three[1]}…) holds the alias production now, instead of late:1.\n"
    )


def test_promote_again_changes_nothing_and_says_so(run: Run, late_v1: ModelVersion) -> None:
    run("promote", "late:1")
    outcome = run("promote", "late:1")
    assert outcome.out == f"late:1 (sha256 {late_v1.sha256[:12]}…) holds the alias production already.\n"
    assert (outcome.code, AuditEvent.objects.filter(verb="promoted").count()) == (0, 1)


def test_promote_has_the_promised_json(run: Run, three: list[str]) -> None:
    first, second = run("promote", "late:1", "--json").json, run("promote", "late:2", "--json").json
    assert (first["reference"], first["alias"], first["previous"]) == ("late:1", "production", None)
    assert (second["reference"], second["previous"]) == ("late:2", "late:1")


def test_promote_says_how_to_measure_what_was_not_measured(run: Run, three: list[str]) -> None:
    run("promote", "late:1")
    line = "  To measure both on the same rows: manage.py evaluate late:2 --like late:1"
    assert line in run("promote", "late:2").err.splitlines()
    make_evaluation(*ModelVersion.objects.filter(number__in=(2, 3)).order_by("-number"))
    assert "To measure" not in run("promote", "late:3").err


def test_promote_to_another_alias_leaves_production(run: Run, three: list[str]) -> None:
    run("promote", "late:1")
    run("promote", "late:2", "--alias", "staging")
    assert dict(Alias.objects.values_list("name", "model_version__number")) == {"production": 1, "staging": 2}


def test_promote_moves_what_another_alias_points_to(run: Run, three: list[str]) -> None:
    run("promote", "late:2", "--alias", "staging")
    assert run("promote", "late@staging", "--json").json["reference"] == "late:2"


def test_the_reason_is_kept(run: Run, late_v1: ModelVersion) -> None:
    run("promote", "late:1", "--reason", "Better on July")
    event = AuditEvent.objects.get(verb="promoted")
    assert (event.reason, event.actor, event.from_value, event.to_value) == ("Better on July", "ada", "", "1")


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("lat:1", "There is no model 'lat'. Did you mean late?"),
        ("late:9", "late has no version 9. `manage.py versions late` lists them."),
        ("late@staging", "late has no version with the alias 'staging'. Promote one: manage.py promote late:NUMBER "),
        ("Late", "'Late' is not a reference. Write name, name:3, name:latest or name@alias; a name is 1 to 63 "),
    ],
)
def test_promote_of_what_is_not_there_is_one_line(
    run: Run, late_v1: ModelVersion, reference: str, message: str
) -> None:
    outcome = run("promote", reference)
    assert outcome.err.startswith(message)
    assert (outcome.code, "\n" in outcome.err, Alias.objects.count()) == (1, False, 0)


def test_promote_of_a_failed_version_says_why_it_is_not_ready(run: Run, late_v1: ModelVersion) -> None:
    ModelVersion.objects.update(status="FAILED", failure="The disk was full")
    assert run("promote", "late:1").err == "late:1 is FAILED (The disk was full). Choose another version."


def test_an_alias_that_breaks_the_rule_is_refused(run: Run, late_v1: ModelVersion) -> None:
    outcome = run("promote", "late:1", "--alias", "In Production")
    assert outcome.err.startswith("'In Production' can't be the name of an alias: use 1 to 63 lowercase letters")


def test_no_alias_is_called_as_the_newest_version_is(run: Run, late_v1: ModelVersion) -> None:
    assert run("promote", "late:1", "--alias", "latest").err == (
        "'latest' can't be the name of an alias: NAME:latest is the newest version. Choose another name."
    )
    assert not Alias.objects.exists()


def test_rollback_returns_to_the_version_before(run: Run, three: list[str]) -> None:
    for number in (1, 3):
        run("promote", f"late:{number}")
    assert run("rollback", "late").out == (
        f"late:1 (sha256 {three[0]}…) holds the alias production now, instead of late:3.\n"
    )


def test_the_second_of_two_rollbacks_at_once_goes_no_step_further(
    run: Run, three: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2, 3):
        run("promote", f"late:{number}")
    review = change_review.review_rollback(name="late", alias="production")
    run("rollback", "late")
    monkeypatch.setattr(change_review, "review_rollback", lambda **names: review)
    outcome = run("rollback", "late")
    assert outcome.code == 1
    assert outcome.err.endswith("late@production was moved meanwhile: a rollback leads to late:1 now. Look again.")


def test_rollback_has_the_promised_json(run: Run, three: list[str]) -> None:
    for number in (1, 3):
        run("promote", f"late:{number}", "--alias", "staging")
    result = run("rollback", "late", "--alias", "staging", "--json").json
    assert (result["reference"], result["alias"], result["previous"]) == ("late:1", "staging", "late:3")


def test_rollback_without_an_earlier_version_is_refused(run: Run, late_v1: ModelVersion) -> None:
    nothing = run("rollback", "late")
    run("promote", "late:1")
    assert nothing.err == "late@production can't be rolled back: no version has held it."
    assert run("rollback", "late").err == "late@production can't be rolled back: only version 1 has held it."


def test_rollback_of_an_unknown_model_names_the_near_one(run: Run, late_v1: ModelVersion) -> None:
    assert run("rollback", "latte").err == "There is no model 'latte'. Did you mean late?"


def test_versions_is_a_table_newest_first(run: Run, three: list[str]) -> None:
    run("promote", "late:2")
    rows = [line.split() for line in run("versions", "late").lines]
    assert rows[0][:5] == ["version", "status", "aliases", "estimator", "balanced_accuracy"]
    assert [row[:4] for row in rows[1:]] == [
        ["3", "READY", "–", "decision_tree"],
        ["2", "READY", "production", "decision_tree"],
        ["1", "READY", "–", "decision_tree"],
    ]


def test_versions_shows_the_dataset_the_user_and_the_digest_where_it_is_wide(run: Run, late_v1: ModelVersion) -> None:
    line = run("versions", "late", "--wide").lines[1]
    created = f"{late_v1.created_at:%Y-%m-%d %H:%M}"
    assert line.endswith(f"departures:1  {created}  ada  sha256 {late_v1.sha256[:12]}…")


def test_versions_has_the_promised_json(run: Run, three: list[str]) -> None:
    run("promote", "late:2")
    versions = run("versions", "late", "--json").json["versions"]
    assert [version["reference"] for version in versions] == ["late:3", "late:2", "late:1"]
    assert versions[1]["aliases"] == ["production"]
    assert {"version", "status", "metrics", "dataset", "created", "by", "sha256"} <= versions[0].keys()


def test_versions_shows_the_newest_only_when_asked(run: Run, three: list[str]) -> None:
    assert [line.split()[0] for line in run("versions", "late", "--limit", "2").lines] == ["version", "3", "2"]
    assert [item["version"] for item in run("versions", "late", "--limit", "1", "--json").json["versions"]] == [3]


def test_versions_refuses_a_limit_that_shows_none(run: Run, three: list[str]) -> None:
    assert run("versions", "late", "--limit", "0").err == "--limit 0 must be at least 1."


@pytest.mark.parametrize("command", ["versions", "models", "datasets", "predictions late"])
def test_a_limit_beyond_all_rows_shows_all(run: Run, late_v1: ModelVersion, command: str) -> None:
    outcome = run(*command.split(), "--limit", str(10**20))
    assert (outcome.code, outcome.out) == (0, run(*command.split()).out)


def test_versions_are_read_in_chunks(run: Run, three: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    run("promote", "late:1")
    whole = run("versions", "late").out
    monkeypatch.setattr("catalog.services.registry.listings.CHUNK", 2)
    assert run("versions", "late").out == whole


def test_versions_of_an_unknown_model_names_the_near_one(run: Run, late_v1: ModelVersion) -> None:
    assert run("versions", "lates").err == "There is no model 'lates'. Did you mean late?"


def test_versions_reads_the_database_as_often_for_many_as_for_one(
    run: Run, three: list[str], django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(4):
        assert len(run("versions", "late").lines) == 4
