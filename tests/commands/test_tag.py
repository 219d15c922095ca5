import re

import pytest

from catalog.models import ModelVersion
from tests.commands.conftest import Run
from tests.services.snapshots import later_version


@pytest.mark.both_databases
def test_tags_are_set_and_said(run: Run, late_v1: ModelVersion) -> None:
    assert run("tag", "late:1", "stage=eu", "checked=by hand").out == "late:1: checked=by hand, stage=eu\n"
    assert run("tag", "late:1", "--remove", "checked").out == "late:1: stage=eu\n"


def test_tags_are_shown_without_changing_any(run: Run, late_v1: ModelVersion) -> None:
    assert run("tag", "late").out == "late: no tags\n"
    assert run("tag", "dataset:departures", "--json").json == {"reference": "dataset:departures", "tags": {}}


@pytest.mark.parametrize("reference", ["late", "late:1", "dataset:departures", "dataset:departures:1"])
def test_show_names_the_tags(run: Run, late_v1: ModelVersion, reference: str) -> None:
    run("tag", reference, "stage=eu")
    (line,) = [line for line in run("show", reference).lines if line.startswith("  tags ")]
    assert line.split() == ["tags", "stage=eu"]
    assert run("show", reference, "--json").json["tags"] == {"stage": "eu"}


def test_what_is_no_tag_is_one_line(run: Run, late_v1: ModelVersion) -> None:
    outcome = run("tag", "late:1", "stage")
    assert (outcome.err, outcome.code) == ("KEY=VALUE: 'stage' is no tag. Write key=value, as stage=eu.", 1)


def test_versions_are_filtered(run: Run, late_v1: ModelVersion) -> None:
    later_version(late_v1)
    run("tag", "late:2", "stage=eu")
    head, row = (re.split(" {2,}", line) for line in run("versions", "--where", "tag.stage = eu").lines)
    assert (row[0], dict(zip(head, row, strict=True))["tags"]) == ("late:2", "stage=eu")
    assert [each["reference"] for each in run("versions", "--where", "not tag.stage", "--json").json["versions"]] == [
        "late:1"
    ]


def test_a_filter_without_a_match_says_so(run: Run, late_v1: ModelVersion) -> None:
    assert run("versions", "--where", "tag.stage").out == "No version matches tag.stage\n"
    assert run("versions", "late", "--where", "tag.stage").out == "No version of late matches tag.stage\n"


def test_a_filter_that_can_not_be_read_is_one_line(run: Run, late_v1: ModelVersion) -> None:
    outcome = run("versions", "--where", "tag.stage = ")
    assert (outcome.err, outcome.code) == ("--where can't be read at its end: expected a value.", 1)


def test_all_versions_of_all_models_are_listed_by_reference(run: Run, late_v1: ModelVersion) -> None:
    assert run("versions").lines[1].split()[0] == "late:1"
