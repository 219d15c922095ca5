"""Models, datasets and predictions as tables and as JSON, whatever their number."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.management import row_lists
from catalog.management.text_tables import list_lines
from catalog.models import Dataset, ModelVersion, Prediction, RegisteredModel
from catalog.services.prediction.predict import predict
from catalog.services.prediction.prediction_request import PredictionRequest
from catalog.services.registry.aliases import promote
from tests.commands.conftest import Run
from tests.services.snapshots import later_version


@pytest.fixture
def receipt(late_v1: ModelVersion, tmp_path: Path) -> Prediction:
    """Of `departures:1`, predicted with `late:1`, which is in production."""
    promote(reference="late:1", alias="production", actor="ada")
    request = PredictionRequest("late", "dataset:departures", str(tmp_path / "out.csv"))
    return predict(request=request, actor="ada").receipt


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("  ") if cell.strip()]


def test_models_are_a_table_with_what_is_in_production(run: Run, late_v1: ModelVersion) -> None:
    later_version(late_v1)
    promote(reference="late:2", alias="production", actor="ada")
    RegisteredModel.objects.create(name="bare", task="regression", primary_metric="r2")
    day, value = f"{late_v1.registered_model.created_at:%Y-%m-%d}", f"{late_v1.primary_value:.4g}"
    rows = [cells(line) for line in run("models").lines]
    assert rows[0] == ["model", "task", "versions", "production", "main metric", "created"]
    assert rows[1][:6] == ["bare", "regression", "0", "–", "r2", "–"]
    assert rows[2] == ["late", "classification", "2", "2", "balanced_accuracy", value, day]


def test_models_have_the_promised_json(run: Run, late_v1: ModelVersion) -> None:
    (model,) = run("models", "--json").json["models"]
    assert (model["name"], model["versions"], model["production"], model["production_value"]) == ("late", 1, None, None)


def test_datasets_are_a_table_with_the_newest_version(run: Run, late_v1: ModelVersion) -> None:
    Dataset.objects.create(name="bare", description="Nothing\nyet " + "x" * 80)
    rows = [cells(line) for line in run("datasets", "--wide").lines]
    assert rows[0] == ["dataset", "versions", "newest", "rows", "size", "created", "description"]
    assert rows[1][:5] == ["bare", "0", "–", "–", "–"]
    assert rows[1][6] == "Nothing yet " + "x" * 47 + "…"
    assert rows[2][:4] == ["departures", "1", "1", "300"]


def test_datasets_have_the_promised_json(run: Run, late_v1: ModelVersion) -> None:
    (dataset,) = run("datasets", "--json").json["datasets"]
    assert (dataset["name"], dataset["newest"], dataset["rows"]) == ("departures", 1, 300)


@pytest.mark.parametrize(
    "reference", ["late", "late:1", "late@production", "dataset:departures", "dataset:departures:1"]
)
def test_predictions_are_listed_by_model_version_and_dataset(run: Run, receipt: Prediction, reference: str) -> None:
    rows = [cells(line) for line in run("predictions", reference, "--wide").lines]
    assert rows[0] == ["receipt", "status", "version", "rows", "input", "output", "created", "by"]
    assert [row[:5] for row in rows[1:]] == [[str(receipt.pk), "READY", "late:1", "300", "departures:1"]]


def test_predictions_have_the_promised_json(run: Run, receipt: Prediction) -> None:
    result = run("predictions", "late", "--json").json
    assert (result["reference"], [item["receipt"] for item in result["predictions"]]) == ("late", [str(receipt.pk)])
    assert result["predictions"][0]["input_dataset"] == "departures:1"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["models"], "There is no model yet. Train one: manage.py train_model NAME --dataset D --target COLUMN"),
        (["datasets"], "There is no dataset yet. Add one: manage.py add_dataset NAME FILE"),
    ],
)
def test_an_empty_list_says_how_to_begin(run: Run, arguments: list[str], message: str) -> None:
    assert (run(*arguments).out, run(*arguments, "--json").json) == (f"{message}\n", {arguments[0]: []})


def test_a_version_without_predictions_says_so(run: Run, late_v1: ModelVersion) -> None:
    assert run("predictions", "dataset:departures:1").out == "There is no prediction of dataset:departures:1 yet.\n"


@pytest.mark.parametrize("arguments", [["models"], ["datasets"], ["predictions", "late"], ["versions", "late"]])
def test_a_limit_below_one_is_refused(run: Run, late_v1: ModelVersion, arguments: list[str]) -> None:
    assert run(*arguments, "--limit", "0").err == "--limit 0 must be at least 1."
    assert len(run(*arguments, "--limit", "1", "--json").json[arguments[0]]) <= 1


@pytest.mark.parametrize("arguments", [["models"], ["datasets"], ["predictions", "late"], ["versions", "late"]])
def test_a_list_takes_no_more_queries_for_more_rows(run: Run, receipt: Prediction, arguments: list[str]) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            run(*arguments)
        return len(captured)

    few = queries()
    for at in range(5):
        later_version(receipt.model_version)
        RegisteredModel.objects.create(name=f"m{at}", task="regression", primary_metric="r2")
        Dataset.objects.create(name=f"d{at}")
        receipt.pk = None
        receipt._state.adding = True
        receipt.save()
    assert queries() == few <= 4


class Sink:
    """Keeps nothing but how often it was written to."""

    writes = 0

    def write(self, text: str, ending: str = "\n") -> None:
        self.writes += 1


class CountedRow(list[str]):
    """Knows how many there are, and how many there were at most at once."""

    alive = most = 0

    def __init__(self, *cells: str) -> None:
        super().__init__(cells)
        CountedRow.alive += 1
        CountedRow.most = max(CountedRow.most, CountedRow.alive)

    def __del__(self) -> None:
        CountedRow.alive -= 1


@pytest.mark.parametrize("as_json", [False, True], ids=["table", "json"])
def test_rows_are_written_as_they_are_read_and_then_forgotten(as_json: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_lists, "SAMPLE", 10)
    CountedRow.alive = CountedRow.most = 0
    command, sink, behind = row_lists.ListCommand(), Sink(), list[int]()
    command.stdout = cast(Any, sink)

    def rows() -> Iterator[CountedRow]:
        for at in range(200):
            behind.append(at - sink.writes)
            yield CountedRow("cell", str(at))

    if as_json:
        command.report_rows("rows", rows(), lambda row: {"cells": row})
    else:
        command.report_table(["a", "b"], rows(), "none")
    assert (len(behind), max(behind) <= 10) == (200, True)
    assert CountedRow.most <= 10 + 2


def test_a_long_cell_after_the_first_rows_moves_its_own_line_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_lists, "SAMPLE", 2)
    assert list(row_lists.streamed([["a", "b"], ["1", "2"], ["long", "3"], ["4", "5"]])) == [
        "a  b",
        "1  2",
        "long  3",
        "4  5",
    ]


def test_json_of_a_list_is_one_line(run: Run, late_v1: ModelVersion) -> None:
    later_version(late_v1)
    (line,) = run("versions", "late", "--json").lines
    assert [version["reference"] for version in json.loads(line)["versions"]] == ["late:2", "late:1"]


LONGEST = "n" * 63


@pytest.fixture
def long_names(receipt: Prediction) -> None:
    """Rows of which each is as long as it can be."""
    RegisteredModel.objects.update(name=LONGEST)
    Dataset.objects.update(name="d" * 63, description="About " * 40)
    ModelVersion.objects.update(estimator="a.module.of.ones.own:AndAClassOfIt", tags={"stage": "t" * 60})
    Prediction.objects.update(output_uri="/home/" + "folder/" * 20, created_by="someone-with-a-name")
    promote(reference=f"{LONGEST}:1", alias="a" * 63, actor="ada")


@pytest.mark.parametrize(
    "arguments", [["models"], ["datasets"], ["predictions", LONGEST], ["versions", LONGEST], ["versions"]]
)
def test_a_list_fits_100_columns_unless_it_may_be_wide(run: Run, long_names: None, arguments: list[str]) -> None:
    lines, wide = run(*arguments).lines, run(*arguments, "--wide").lines
    assert max(map(len, lines)) <= 100 < max(map(len, wide))
    assert len(lines) == len(wide) > 1
    assert lines[1].split()[0] == wide[1].split()[0]


def test_what_fits_is_not_cut(run: Run, late_v1: ModelVersion) -> None:
    assert run("models").lines == run("models", "--wide").lines
    assert "…" not in "".join(run("versions", "late").lines)


def test_metrics_stay_when_authors_and_digests_go(run: Run, late_v1: ModelVersion) -> None:
    head, wide = (run("versions", "late", *how).lines[0].split() for how in ([], ["--wide"]))
    assert late_v1.registered_model.primary_metric in head
    assert (set(wide) - set(head)) >= {"digest", "by"}


def test_jobs_and_tokens_fit_too() -> None:
    rows = [["12", "RUNNING", "train " + LONGEST, "fit 3 of 12 rows, and more", "12 s", "–", "ada", "2026-11-26 12:00"]]
    head = ["job", "state", "what", "step", "took", "result", "by", "queued"]
    for wide in (False, True):
        lines = list_lines(head, rows, spare=["queued", "by", "step"], wide=wide)
        assert (max(map(len, lines)) <= 100) is not wide
