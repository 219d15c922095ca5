"""What the pages of the site say, at a terminal: one model, dataset or version, and versions beside each other."""

from typing import Any

import pytest
from django.utils import timezone

from catalog.models import Dataset, DatasetVersion, ModelVersion
from catalog.services.registry.aliases import promote
from catalog.services.registry.curation import describe_dataset, write_notes
from tests.admin.people import unused_dataset_version
from tests.commands.conftest import Run
from tests.services.snapshots import later_version, make_evaluation


@pytest.fixture
def two(late_v1: ModelVersion) -> list[ModelVersion]:
    """`late:1` in production, and `late:2` with other parameters and a better main metric."""
    promote(reference="late:1", alias="production", actor="ada", reason="The first")
    name = late_v1.registered_model.primary_metric
    better = {**late_v1.metrics, name: {**late_v1.metrics[name], "value": 0.99}}
    return [late_v1, later_version(late_v1, params={"max_depth": 3}, metrics=better, primary_value=0.99)]


def test_a_version_is_shown_with_its_facts(run: Run, two: list[ModelVersion]) -> None:
    write_notes(version=two[1], notes="Seen.\nTwice.", actor="ada")
    lines = run("show", "late:2").lines
    assert lines[0] == "late:2: READY"
    for fact in (
        "  estimator      decision_tree",
        "  dataset        departures:1",
        "  in production  late:1",
        f"  sha256         {two[1].sha256}",
        "  notes          Seen.",
        "                 Twice.",
        "  max_depth  3",
        "Metrics on held-out rows",
    ):
        assert fact in lines


def test_a_version_is_compared_with_the_one_in_production(run: Run, two: list[ModelVersion]) -> None:
    rows = [line.split() for line in run("show", "late:2").lines]
    assert ["metric", "late:2", "baseline", "late:1", "against", "late:1"] in rows
    (main,) = [row for row in rows if row[:3] == ["balanced_accuracy", "(main)", "0.99"]]
    assert " ".join(main[5:]) == "same rows, chance not measured"


def test_what_was_measured_side_by_side_is_told_with_its_interval(run: Run, two: list[ModelVersion]) -> None:
    difference = {"metric": "accuracy", "first": 0.9, "second": 0.6, "low": 0.1, "high": 0.5, "rows": 60}
    make_evaluation(two[1], two[0], differences=[difference])
    assert any(line.endswith("better +0.3 (+0.1 to +0.5)") for line in run("show", "late:2").lines)


def test_what_an_uploader_states_is_marked_and_stands_beside_what_was_measured_here(
    run: Run, two: list[ModelVersion]
) -> None:
    stated = later_version(two[0], origin="UPLOADED", primary_value=0.9)
    evaluation = make_evaluation(stated, two[0])
    evaluation.metrics = {"balanced_accuracy": {"value": 0.75, "baseline": 0.5, "higher_is_better": True}}
    evaluation.save()
    lines = run("show", "late:3").lines
    assert "Metrics as stated by its uploader" in lines
    assert any(line.split()[:3] == ["metric", "late:3,", "stated"] for line in lines)
    [measured] = lines[lines.index("Measured since") + 1 :][:1]
    assert measured.endswith("balanced_accuracy 0.75  on 60 of the rows of departures:1  beside late:1")
    assert [" stated " in line for line in run("versions", "late").lines[1:]] == [True, False, False]
    assert run("versions", "late", "--json").json["versions"][0]["metrics_are_stated"]
    run("promote", "late:3", "--reason", "a try")
    assert " 0.9 stated " in run("models").lines[1]


def test_a_version_shows_its_aliases_and_history(run: Run, two: list[ModelVersion]) -> None:
    write_notes(version=two[1], notes="Of the other", actor="grace")
    lines = run("show", "late@production").lines
    assert lines[0] == "late:1: READY, production"
    assert lines[-3] == "History"
    assert lines[-2].endswith("ada  promoted production none → 1: The first")


def test_the_json_of_a_version_is_its_manifest_with_state_aliases_and_address(
    run: Run, two: list[ModelVersion]
) -> None:
    values = run("show", "late:1", "--json").json
    assert (values["reference"], values["kind"], values["state"]) == ("late:1", "model version", "READY")
    assert (values["aliases"], values["dataset_version"], values["sha256"]) == (
        ["production"],
        "departures:1",
        two[0].sha256,
    )
    assert values["uri"].endswith(two[0].stored_key)
    assert "upload_token" not in values


def test_a_model_is_shown_with_its_newest_versions(run: Run, two: list[ModelVersion]) -> None:
    lines = run("show", "late").lines
    assert lines[0] == "model late"
    assert "  aliases      production: version 1" in lines
    assert [line.split()[:3] for line in lines if line.startswith(("  1 ", "  2 "))] == [
        ["2", "READY", "–"],
        ["1", "READY", "production"],
    ]


def test_the_json_of_a_model_names_the_versions_of_its_aliases(run: Run, two: list[ModelVersion]) -> None:
    values = run("show", "late", "--json").json
    assert (values["kind"], values["name"], values["aliases"]) == ("model", "late", {"production": 1})


def test_a_dataset_is_shown_with_its_versions(run: Run, late_v1: ModelVersion) -> None:
    describe_dataset(dataset=Dataset.objects.get(), description="All of 2013", actor="ada")
    lines = run("show", "dataset:departures").lines
    assert lines[0] == "dataset departures"
    assert "  description  All of 2013" in lines
    assert "  1        READY   300   6 " in "\n".join(lines)


@pytest.mark.parametrize("reference", ["dataset:departures:1", "dataset:departures:latest"])
def test_a_dataset_version_is_shown_with_columns_and_what_was_trained_on_it(
    run: Run, late_v1: ModelVersion, reference: str
) -> None:
    lines = run("show", reference).lines
    assert lines[0] == "dataset departures:1: READY"
    assert "  carrier    string" in lines
    assert lines[lines.index("Trained on it") + 1] == "  late:1"


def test_the_json_of_a_dataset_version_holds_its_schema(run: Run, late_v1: ModelVersion) -> None:
    values = run("show", "dataset:departures:1", "--json").json
    assert (values["reference"], values["kind"]) == ("dataset:departures:1", "dataset version")
    assert values["schema"][0]["name"] == "carrier"


@pytest.mark.parametrize("state", ["FAILED", "QUARANTINED"])
def test_a_version_is_shown_by_its_number_whatever_its_state(run: Run, late_v1: ModelVersion, state: str) -> None:
    ModelVersion.objects.update(status=state, report={}, environment={}, signature={}, metrics={})
    assert run("show", "late:1").lines[0] == f"late:1: {state}"


def test_a_dataset_version_is_shown_by_its_number_whatever_its_state(run: Run, late_v1: ModelVersion) -> None:
    DatasetVersion.objects.update(status="FAILED", failure="The disk was full")
    assert run("show", "dataset:departures:1").lines[0] == "dataset departures:1: FAILED"


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("lat", "There is no model 'lat'. Did you mean late?"),
        (
            "departures",
            (
                "There is no model 'departures'. There are: late. There is a dataset of that name: write "
                "dataset:departures."
            ),
        ),
        ("late:9", "late has no version 9. `manage.py versions late` lists them."),
        ("dataset:nothing", "There is no dataset 'nothing'. There are: departures. Add it with add_dataset."),
        ("dataset:departures:7", "The dataset departures has no version 7; the newest is 1."),
    ],
)
def test_what_is_not_there_is_one_line(run: Run, late_v1: ModelVersion, reference: str, message: str) -> None:
    outcome = run("show", reference)
    assert (outcome.err, outcome.code, outcome.out) == (message, 1, "")


def test_versions_are_compared_with_what_differs_first(run: Run, two: list[ModelVersion]) -> None:
    said, advice, *lines = run("compare", "late:1", "late:2").lines
    assert said == "late:2 against late:1: same rows, chance not measured."
    assert advice == "  To measure both on the same rows: manage.py evaluate late:2 --like late:1"
    rows = [line.split() for line in lines]
    assert rows[0] == ["late:1", "late:2"]
    assert rows[1] == ["Metrics"]
    assert rows[2] == ["balanced_accuracy", f"{two[0].primary_value:.4g}", "0.99", "*"]
    assert ["max_depth", "–", "3"] in rows


def test_a_comparison_begins_with_the_differences_that_were_measured(run: Run, two: list[ModelVersion]) -> None:
    values = {"metric": "accuracy", "first": 0.9, "second": 0.6, "low": 0.1, "high": 0.5, "rows": 60}
    make_evaluation(two[1], two[0], differences=[values], flips={"gained": 9, "lost": 1})
    assert run("compare", "late:2", "late:1").lines[:3] == [
        "late:2 against late:1: measured on 60 of the rows of departures:1.",
        "  accuracy  +0.3 (+0.1 to +0.5)  better",
        "  late:2 gets 9 rows right that late:1 gets wrong, and 1 wrong that it gets right.",
    ]
    [difference] = run("compare", "late:2", "late:1", "--json").json["differences"]
    assert (difference["basis"], difference["metrics"][0]["verdict"]) == ("compared", "better")


def test_a_comparison_fits_the_terminal_unless_it_shall_be_wide(run: Run, two: list[ModelVersion]) -> None:
    steps = {"steps": {"value": [["preprocess", "x" * 120]], "default": []}}
    ModelVersion.objects.filter(number=2).update(all_params=steps)
    assert max(map(len, run("compare", "late:1", "late:2").lines)) <= 100
    assert "x" * 120 in run("compare", "late:1", "late:2", "--wide").out


def test_only_what_differs_is_compared_when_that_is_asked_for(run: Run, two: list[ModelVersion]) -> None:
    sections = run("compare", "late:1", "late:2", "--only-differing", "--json").json["sections"]
    assert list(sections["metrics"]) == ["balanced_accuracy"]
    assert sections["metrics"]["balanced_accuracy"] == {
        "values": [two[0].primary_value, 0.99],
        "differs": True,
        "best": [1],
    }
    assert sections["parameters"] == {"max_depth": {"values": [None, 3], "differs": True, "best": []}}
    assert sections["schema"] == {}


def test_no_value_is_best_of_what_was_measured_on_other_rows(run: Run, two: list[ModelVersion]) -> None:
    ModelVersion.objects.filter(pk=two[1].pk).update(random_state=7)
    metrics = run("compare", "late:1", "late:2", "--json").json["sections"]["metrics"]
    assert metrics["balanced_accuracy"]["differs"]
    assert [metric["best"] for metric in metrics.values()] == [[]] * len(metrics)


def test_a_version_beside_itself_does_not_differ(run: Run, late_v1: ModelVersion) -> None:
    assert run("compare", "late:1", "late:1", "--only-differing").out == "They do not differ.\n"


def test_one_version_alone_is_not_compared(run: Run, late_v1: ModelVersion) -> None:
    assert run("compare", "late:1").err == "REF: name 2 to 20 versions, not 1."


def test_versions_of_two_models_are_not_compared(run: Run, late_v1: ModelVersion) -> None:
    run("copy_version", "late:1", "delays")
    assert run("compare", "late:1", "delays:1").err == (
        "Versions of one model can be compared; these are of delays and late."
    )


@pytest.mark.parametrize("change", [{"status": "FAILED"}, {"status": "REJECTED"}, {"trashed_at": timezone.now()}])
def test_a_version_that_is_none_is_not_compared(run: Run, late_v1: ModelVersion, change: dict[str, Any]) -> None:
    state = later_version(late_v1, **change).state
    assert run("compare", "late:1", "late:2").err == f"late:2 is {state}: such a version can't be compared with others."


def test_a_version_of_a_dataset_shows_what_changed_since_any_earlier_one(run: Run, late_v1: ModelVersion) -> None:
    first = DatasetVersion.objects.get()
    second, _ = (unused_dataset_version(first, number, None) for number in (2, 3))
    DatasetVersion.objects.filter(pk=second.pk).update(row_count=7)
    lines = run("show", "dataset:departures:3", "--since", "1").lines
    assert "Since departures:1" in lines
    assert "  7 rows became 300." in run("show", "dataset:departures:3").lines
    assert "  7 rows became 300." not in lines
    changes = run("show", "dataset:departures:3", "--since", "1", "--json").json["changes"]
    assert (changes["since"], changes["targets"], changes["columns"][0]["distance"]) == ("departures:1", ["late"], 0)


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("dataset:departures:1", "departures has no version 5 that is ready and older than 1."),
        ("late:1", "--since is of versions of datasets, as dataset:flights:3."),
    ],
)
def test_there_must_be_an_earlier_version(run: Run, late_v1: ModelVersion, reference: str, message: str) -> None:
    assert run("show", reference, "--since", "5").err == message
