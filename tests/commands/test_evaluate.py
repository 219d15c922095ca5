import re
from pathlib import Path

import pytest

from catalog.models import Evaluation, ModelVersion
from tests.commands.conftest import Run
from tests.factories import make_version


@pytest.fixture
def versions(db: None, tmp_path: Path) -> list[ModelVersion]:
    """`tumour:1`, and a stump that knows less."""
    return [make_version(tmp_path), make_version(tmp_path, params={"max_depth": 1})]


def test_says_which_rows_and_whether_the_difference_is_chance(run: Run, versions: list[ModelVersion]) -> None:
    lines = run("evaluate", "tumour:2", "--like", "tumour:1").lines
    assert lines[0] == "tumour:2 was measured on 114 of the held-out rows of tumour:1."
    assert re.fullmatch(r"  metric +tumour:2 +tumour:1 +baseline +difference", lines[1])
    assert re.search(
        r"accuracy( +0\.\d+){3} +[+−]\S+ \([+−]\S+ to [+−]\S+\) +(within what chance does on 114 rows|worse)",
        lines[2],
    )
    assert re.fullmatch(r"  tumour:2 gets \d+ rows? right that tumour:1 gets wrong, and \d+ wrong .*", lines[-1])
    assert sum("balanced_accuracy (main)" in line for line in lines) == 1


def test_measures_alone_on_a_dataset(run: Run, versions: list[ModelVersion]) -> None:
    outcome = run("evaluate", "tumour:1", "--dataset", "cancer:1")
    assert outcome.lines[0] == "tumour:1 was measured on 114 of the rows of cancer:1."
    assert Evaluation.objects.get().created_by


def test_json_is_one_object_with_verdicts(run: Run, versions: list[ModelVersion]) -> None:
    values = run("evaluate", "tumour:2", "--like", "tumour:1", "--by", "mean radius", "--json").json
    assert (values["reference"], values["against"], values["rows"]) == ("tumour:2", "tumour:1", 114)
    assert {difference["verdict"] for difference in values["differences"]} <= {"better", "worse", "within chance"}
    assert values["flips"]["by"] == "mean radius"
    assert sum(segment["rows"] for segment in values["flips"]["segments"]) == 114


def test_an_unknown_version_is_one_line(run: Run, versions: list[ModelVersion]) -> None:
    assert "tumour has no version 9" in run("evaluate", "tumour:9", "--like", "tumour:1").err


def test_a_promotion_that_takes_a_reason_says_why(run: Run, versions: list[ModelVersion], tmp_path: Path) -> None:
    run("promote", "tumour:1")
    make_version(tmp_path, random_state=7, drop=["mean radius"])
    outcome = run("promote", "tumour:3")
    assert outcome.code == 1
    lines = outcome.err.splitlines()
    assert lines[0] == "tumour:3 will hold production, instead of tumour:1."
    assert re.fullmatch(r"  metric +tumour:3 +baseline +tumour:1 +against tumour:1", lines[1])
    assert "  Column 'mean radius' is no longer used." in lines
    assert "  Trained on cancer:1, as the one before." in lines
    assert "Warning: It was not measured on the rows of tumour:1." in lines
    assert "`--reason`" not in outcome.err
    assert (
        "--reason: say why tumour:3 shall hold production: it was not measured on the rows of tumour:1." in outcome.err
    )
    assert run("promote", "tumour:3", "--reason", "measured by hand").lines[0].startswith("tumour:3 (sha256 ")


def test_what_was_measured_side_by_side_decides_about_the_promotion(run: Run, versions: list[ModelVersion]) -> None:
    run("promote", "tumour:1")
    run("evaluate", "tumour:2", "--like", "tumour:1")
    outcome = run("promote", "tumour:2")
    verdicts = {
        difference["verdict"]
        for difference in run("evaluate", "tumour:2", "--like", "tumour:1", "--json").json["differences"]
    }
    assert (outcome.code == 1) == ("worse" in verdicts)
