"""What a version's page says of how good it is, where it came from and how to use it; and its model card."""

import copy
import html
import json
import re
from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

from catalog.admin.registry.page_parts.version_making import class_scores
from catalog.models import ModelVersion
from catalog.services.evaluation.mute_check import mute_check
from catalog.services.registry import curation
from catalog.services.registry.aliases import promote, remove_alias
from catalog.services.registry.production import compare_metric
from tests.admin.datasets.test_dataset_page import section
from tests.admin.people import Catalog, read_page, url
from tests.services.snapshots import departures, later_version, make_evaluation


def shown(client: Client, version: ModelVersion) -> str:
    return client.get(url("modelversion_change", version)).content.decode()


@pytest.mark.parametrize(
    ("value", "other", "higher_is_better", "expected"),
    [(2, 1, True, "better"), (1, 2, True, "worse"), (1, 2, False, "better"), (2, 1, False, "worse"),
     (1, 1, True, "same"), (1, None, True, ""), (None, 1, True, "")],
)  # fmt: skip
def test_better_and_worse_follow_the_direction_of_the_metric(
    value: float | None, other: float | None, higher_is_better: bool, expected: str
) -> None:
    assert compare_metric({"value": value, "higher_is_better": higher_is_better}, other) == expected


def test_metrics_stand_beside_those_of_production_and_of_the_baseline(catalog: Catalog, curator: Client) -> None:
    metrics = copy.deepcopy(catalog.versions[0].metrics)
    metrics["log_loss"] |= {"value": 99.0, "baseline": 0.75}
    table = section(shown(curator, later_version(catalog.versions[0], metrics=metrics)), "Metrics")
    production = f"{catalog.versions[1].metrics['log_loss']['value']:.4g}"
    assert f"log_loss 99 same rows, chance not measured {production} 0.75 lower" in table
    assert "Production (2)" in table


def test_the_folds_stand_below_a_metric_also_where_their_mean_is_nothing(catalog: Catalog, curator: Client) -> None:
    metrics = copy.deepcopy(catalog.versions[0].metrics)
    metrics["log_loss"] |= {"value": 99.0, "mean": 0.0, "standard_deviation": 0.125}
    table = section(shown(curator, later_version(catalog.versions[0], metrics=metrics)), "Metrics")
    assert "log_loss 99 folds 0 ± 0.125" in table


def test_a_version_is_called_worse_by_what_was_measured_side_by_side(catalog: Catalog, curator: Client) -> None:
    version, production = later_version(catalog.versions[0]), catalog.versions[1]
    difference = {"metric": "log_loss", "first": 2.0, "second": 1.0, "low": 0.5, "high": 1.5, "rows": 60}
    make_evaluation(version, production, differences=[difference])
    assert "worse +1 (+0.5 to +1.5)" in section(shown(curator, version), "Metrics")


def test_metrics_of_other_rows_are_neither_better_nor_worse(catalog: Catalog, curator: Client) -> None:
    version = later_version(catalog.versions[0], random_state=7)
    table = section(shown(curator, version), "Metrics")
    assert "measured on other rows" in table
    assert not re.search(r"\b(better|worse)\b", table.replace("Better is", ""))


def test_the_confusion_matrix_is_a_table_of_true_by_predicted(catalog: Catalog, curator: Client) -> None:
    matrix = catalog.versions[0].report["confusion_matrix"]
    table = shown(curator, catalog.versions[0]).partition('<table class="confusion">')[2].partition("</table>")[0]
    for label, counts in zip(matrix["labels"], matrix["counts"], strict=True):
        row = re.search(rf'<th scope="row">{label}</th>(.*?)</tr>', table, re.DOTALL)
        assert row
        assert re.findall(r">\s*(\d+)\s*</td>", row[1]) == [str(count) for count in counts]


def test_importances_are_ranked(catalog: Catalog, curator: Client) -> None:
    table = shown(curator, catalog.versions[0]).partition('<table class="importances">')[2].partition("</table>")[0]
    ranked = [item["feature"] for item in catalog.versions[0].report["importances"]]
    assert re.findall(r'<th scope="row">(.*?)</th>', table) == ranked


@pytest.mark.parametrize("sampled", [None, {"measured": 69, "columns": 5001}])
def test_the_page_says_of_how_many_columns_the_importances_are(
    catalog: Catalog, curator: Client, sampled: dict[str, int] | None
) -> None:
    report = {**catalog.versions[0].report, "importances_sampled": sampled}
    page = " ".join(shown(curator, later_version(catalog.versions[0], report=report)).split())
    assert ("Of 69 of 5,001 columns: the time for importances was up." in page) is bool(sampled)


def test_the_page_says_from_what_and_how_a_version_was_made(catalog: Catalog, curator: Client) -> None:
    version = catalog.versions[0]
    made = section(shown(curator, version), "How it was made")
    assert f"scikit-learn {version.environment['versions']['scikit-learn']}" in made
    assert "Estimator decision_tree" in made
    assert f"Code revision {version.code_state or 'unknown'}" in made
    assert f"By ada, {version.created_at:%Y-%m-%d %H:%M}" in made


def test_the_page_shows_what_is_not_at_its_default_and_the_code_of_ones_own(catalog: Catalog, curator: Client) -> None:
    module = {"file": "mine.py", "sha256": "5" * 64, "text": "<b>1</b>", "is_package": False, "needed": True}
    code = {"revision": "", "modules": {"mine": {**module, "revision": f"{'c' * 40}-dirty"}}}
    all_params = {"C": {"value": 2.0, "default": 1.0}, "tol": {"value": 0.1}}
    fields = {"code": code, "all_params": all_params, "code_revision": f"{'c' * 40}-dirty"}
    version = later_version(catalog.versions[0], **fields)
    made = section(shown(curator, version), "How it was made")
    assert "1 of 2 parameters of the whole are not at their defaults Parameter Value Default C 2 1 Its own" in made
    assert f"Its own module mine: mine.py, {'c' * 12}, changed since SHA-256 {'5' * 64}" in made
    assert f"Code revision {'c' * 40}, changed since" in made
    assert "<b>1</b>" not in shown(curator, version)
    assert "- Not at their defaults: C = 2.0" in card(curator, version)[1]


def test_the_page_names_size_digest_and_key(catalog: Catalog, curator: Client) -> None:
    page = shown(curator, catalog.versions[0])
    assert catalog.versions[0].sha256 in page
    assert f"{catalog.versions[0].stored_key}</code>" in page


def test_the_page_links_data_and_predictions(catalog: Catalog, curator: Client) -> None:
    page = shown(curator, catalog.versions[1])
    assert url("datasetversion_change", catalog.dataset_version) in page
    assert url("prediction_change", catalog.prediction) in page


def test_the_page_shows_how_to_load_a_version(catalog: Catalog, curator: Client) -> None:
    loading = section(shown(curator, catalog.versions[0]), "How to load it")
    assert "manage.py predict late:1 --input new.csv" in loading
    assert "load_model(&quot;late:1&quot;)" in loading or 'load_model("late:1")' in loading


def test_the_page_says_how_columns_that_are_no_numbers_are_passed(catalog: Catalog, curator: Client) -> None:
    loading = section(shown(curator, catalog.versions[0]), "How to load it")
    assert "import boto3" not in loading
    assert re.search(r"carrier\s+as category of \d+,", loading)


def test_the_application_that_the_page_shows_answers(catalog: Catalog, curator: Client) -> None:
    page = shown(curator, catalog.versions[0])
    (written,) = re.findall(r"<pre[^>]*>(from catalog import load_model\nfrom fastapi.*?)</pre>", page, re.DOTALL)
    names: dict[str, Any] = {}
    exec(html.unescape(written), names)
    row = departures().drop(columns="late").to_dict("records")[0]
    (endpoint,) = [route.endpoint for route in names["app"].routes if route.path == "/predict"]
    assert endpoint(row) == {"version": "late:1", "prediction": bool(names["model"].predict(row)[0])}


def card(client: Client, version: ModelVersion) -> tuple[dict[str, Any], str]:
    """The metadata and the text of the card."""
    response = client.get(url("modelversion_card", version))
    assert response["Content-Type"].startswith("text/markdown")
    _, metadata, text = response.content.decode().split("---\n", 2)
    return {line.partition(": ")[0]: json.loads(line.partition(": ")[2]) for line in metadata.splitlines()}, text


def test_a_card_has_the_metadata_that_hugging_face_reads(catalog: Catalog, curator: Client) -> None:
    metadata, _ = card(curator, catalog.versions[0])
    assert (metadata["library_name"], metadata["pipeline_tag"]) == ("sklearn", "tabular-classification")
    (model,) = metadata["model-index"]
    (result,) = model["results"]
    message = {metric["type"]: metric["value"] for metric in result["metrics"]}
    assert message == {name: metric["value"] for name, metric in catalog.versions[0].metrics.items()}


def test_a_card_says_what_nobody_has_written(catalog: Catalog, curator: Client) -> None:
    assert card(curator, catalog.versions[0])[1].count("*Not yet written.*") == 3


def test_the_page_lists_all_that_was_installed(catalog: Catalog, curator: Client) -> None:
    freeze = catalog.versions[0].environment["freeze"]
    assert len(freeze) > 1
    assert "\n".join(freeze) in shown(curator, catalog.versions[0])


def test_a_card_holds_what_people_wrote(catalog: Catalog, curator: Client) -> None:
    words = {"description": "Tells late flights.", "intended_use": "Planning.", "limitations": "2013 only."}
    curation.describe_model(model=catalog.model, actor="ada", **words)
    text = card(curator, catalog.versions[0])[1]
    assert "## Intended use\n\nPlanning.\n" in text
    assert "## Limitations\n\n2013 only.\n" in text
    assert "*Not yet written.*" not in text


def test_a_promotion_shows_all_metrics_and_leads_to_the_comparison(catalog: Catalog, curator: Client) -> None:
    page = read_page(curator.get(url("modelversion_promote", catalog.versions[2])))
    assert all(f'<th scope="row">{name}' in page for name in catalog.versions[2].metrics)
    assert f"{url('modelversion_compare')}?v={catalog.versions[1].pk}&amp;v={catalog.versions[2].pk}" in page


def test_the_strip_leads_from_the_data_to_the_predictions(catalog: Catalog, curator: Client) -> None:
    page = shown(curator, catalog.versions[1])
    strip = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.partition('<ol class="lineage')[2].partition("</ol>")[0]))
    assert re.search(r"departures:1 300 rows late:2 1 prediction ?$", strip.strip())
    assert "no predictions yet" in shown(curator, catalog.versions[0])


def test_a_version_is_compared_with_production_and_with_the_one_before(catalog: Catalog, curator: Client) -> None:
    def offered(version: ModelVersion) -> list[str]:
        return re.findall(r">(Compare with [^<]+)<", shown(curator, version))

    assert offered(catalog.versions[3]) == [
        "Compare with production (2)",
        "Compare with its predecessor (3)",
    ]
    assert offered(catalog.versions[2]) == ["Compare with production (2)"]
    assert offered(catalog.versions[1]) == ["Compare with its predecessor (1)"]


def test_a_version_says_until_when_it_was_in_production(catalog: Catalog, curator: Client) -> None:
    promote(reference="late:3", alias="production", actor="ada", reason="newer still")
    summary = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", shown(curator, catalog.versions[0])))
    assert re.search(
        r"It was in production until 20\d\d-\d\d-\d\d \d\d:\d\d UTC, when version 2 followed ?. Why: newer data",
        summary,
    )
    assert "It was in production until" in shown(curator, catalog.versions[1])
    assert "It was in production until" not in shown(curator, catalog.versions[2])
    assert "It was in production until" not in shown(curator, catalog.versions[3])


def test_a_model_without_a_version_in_production_says_so(catalog: Catalog, curator: Client) -> None:
    remove_alias(name="late", alias="production", actor="ada")
    assert "No version of late is in production." in shown(curator, catalog.versions[0])


def test_the_page_says_how_rows_were_held_out_and_how_to_repeat_the_training(catalog: Catalog, curator: Client) -> None:
    report = {
        **catalog.versions[0].report,
        "split": {"kind": "time", "test_size": 0.2, "random_state": 0, "column": "time_hour", "column_type": ""},
        "seconds": {"read": 100, "fit": 200.5},
        "left_out": {"tail": "it has one value"},
    }
    made = section(shown(curator, later_version(catalog.versions[0], report=report)), "How it was made")
    assert "Held out the last 20% of the rows by time_hour" in made
    assert "It took 5 min" in made
    assert "1 column left out tail it has one value" in made
    command = "python manage.py train_model late --dataset departures:1 --target late --estimator decision_tree"
    assert f"To repeat it {command}" in made


def test_precision_and_recall_of_each_class_follow_from_the_confusion_matrix(catalog: Catalog, curator: Client) -> None:
    matrix = {"labels": ["no", "yes"], "counts": [[6, 2], [3, 9]], "classes_left_out": 0}
    report = {**catalog.versions[0].report, "confusion_matrix": matrix}
    page = shown(curator, later_version(catalog.versions[0], report=report))
    table = page.partition('<table class="class-scores">')[2].partition("</table>")[0]
    cells = re.findall(r">([^<>\s]+)</", table.partition("<tbody>")[2])
    assert cells == ["no", "0.6667", "0.75", "8", "yes", "0.8182", "0.75", "12"]


@pytest.mark.parametrize(
    ("counts", "left_out", "expected"),
    [([[0, 2], [0, 9]], 0, [(None, 0.0), (9 / 11, 1.0)]), ([[1, 0], [0, 1]], 3, [])],
)
def test_what_was_never_predicted_has_no_precision_and_rare_classes_none_at_all(
    counts: list[list[int]], left_out: int, expected: list[tuple[float | None, float]]
) -> None:
    matrix = {"labels": ["no", "yes"], "counts": counts, "classes_left_out": left_out}
    scores = class_scores({"confusion_matrix": matrix})
    assert [(score.precision, score.recall) for score in scores] == expected


def test_what_was_measured_since_is_listed_with_what_chance_does(catalog: Catalog, curator: Client) -> None:
    version, production = catalog.versions[2], catalog.versions[1]
    name = catalog.model.primary_metric
    difference = {"metric": name, "first": 0.6, "second": 0.5, "low": -0.1, "high": 0.3, "rows": 60}
    evaluation = make_evaluation(version, production, differences=[difference])
    evaluation.metrics = {name: {"value": 0.6, "higher_is_better": True}}
    evaluation.save()
    listed = section(shown(curator, version), "Measured since")
    expected = "0.6 within what chance does on 60 rows +0.1 (−0.1 to +0.3) late:2 60 of the rows of departures:1 ada"
    assert expected in listed
    assert "Measured since" not in shown(curator, production)


def test_what_an_uploader_states_is_not_called_measured(catalog: Catalog, curator: Client) -> None:
    metrics = catalog.versions[0].metrics
    page = shown(curator, later_version(catalog.versions[0], origin="UPLOADED", metrics=metrics))
    assert "Metrics on held-out rows" not in page
    stated = section(page, "Metrics as stated by its uploader")
    assert stated.count("stated") == 1 + len(metrics)


def test_long_tables_are_folded(catalog: Catalog, curator: Client) -> None:
    inputs = [{"name": f"c{at}", "type": "number", "passed_as": "float64"} for at in range(13)]
    signature = {**catalog.versions[0].signature, "inputs": inputs}
    assert "All 13 inputs" in shown(curator, later_version(catalog.versions[0], signature=signature))
    assert "inputs</summary>" not in shown(curator, catalog.versions[0])


def test_checks_that_fired_are_on_the_page_and_in_the_card(catalog: Catalog, curator: Client) -> None:
    version = catalog.versions[3]
    page = read_page(curator.get(url("modelversion_change", version)))
    assert escape("'arr_delay' alone tells all.") in page
    mute_check(version=version, code="leak", reason="known before", actor="ada")
    page = read_page(curator.get(url("modelversion_change", version)))
    assert "Muted: known before" in page
    card = curator.get(url("modelversion_card", version)).content.decode()
    assert "### Checks that fired\n\n- leak: 'arr_delay' alone tells all. Muted: known before" in card


def test_a_version_from_elsewhere_has_the_checks_of_its_evaluation_and_says_which_were_not_made(
    catalog: Catalog, curator: Client
) -> None:
    version = later_version(catalog.versions[0], origin="UPLOADED", report={})
    assert "nobody has done that yet" in section(shown(curator, version), "Metrics as stated")
    checks = [{"code": "uncalibrated", "sentence": "It is too sure."}]
    make_evaluation(version, catalog.versions[1], report={"checks": checks})
    stated = section(shown(curator, version), "Metrics as stated")
    assert "Check uncalibrated : It is too sure." in stated
    assert "was not checked (overfitted, shared rows, times overlap, folds disagree)" in stated
    text = card(curator, version)[1]
    assert "- uncalibrated: It is too sure." in text
    assert "## Metrics as stated by its uploader" in text
    assert "### Measured since\n\n- 20" in text


def test_metrics_in_which_rows_weigh_say_so(catalog: Catalog, curator: Client) -> None:
    metrics = {name: {**metric, "weighted_by": "fare"} for name, metric in catalog.versions[0].metrics.items()}
    version = later_version(catalog.versions[0], metrics=metrics)
    said = section(shown(curator, version), "Metrics on held-out rows")
    assert "In the metrics rows weigh by fare; charts count each once." in said
    assert "measured otherwise" in said
    assert "In these metrics rows weigh by the column fare." in card(curator, version)[1]


def test_a_version_that_is_no_better_than_a_dummy_is_not_offered_for_production(
    catalog: Catalog, curator: Client
) -> None:
    poor = [{"code": "below_baseline", "sentence": "It is no better."}]
    for checks, is_offered in (([], True), (poor, False)):
        version = later_version(catalog.versions[0], report={**catalog.versions[0].report, "checks": checks})
        page = curator.get(url("modelversion_change", version)).content.decode()
        assert (url("modelversion_promote", version) in page) is is_offered


def test_a_version_tells_what_those_who_use_the_model_would_have_to_give(catalog: Catalog, curator: Client) -> None:
    assert "It needs no column that version 2 does not." in shown(curator, catalog.versions[2])
    inputs = [*catalog.versions[0].signature["inputs"], {"name": "tail", "type": "string", "passed_as": "category"}]
    wider = later_version(catalog.versions[0], signature={**catalog.versions[0].signature, "inputs": inputs})
    assert "Column &#x27;tail&#x27; (string) is newly required." in shown(curator, wider)
    assert "It needs no column" not in shown(curator, catalog.versions[1])


def test_importances_beyond_ten_are_folded(catalog: Catalog, curator: Client) -> None:
    importances = [{"feature": f"feature {at}", "mean": 1 - at / 100} for at in range(14)]
    version = later_version(catalog.versions[0], report={**catalog.versions[0].report, "importances": importances})
    page = shown(curator, version)
    folded = page.partition("4 more features, which matter less")[2].partition("</details>")[0]
    assert re.findall(r"feature \d+", folded) == [f"feature {at}" for at in range(10, 14)]


@pytest.mark.parametrize("fields", [{"status": "FAILED", "archived_at": None}, {"trashed_at": "2026-01-01T00:00:00Z"}])
def test_what_is_of_no_use_is_neither_compared_nor_are_its_checks_muted(
    catalog: Catalog, curator: Client, fields: dict[str, Any]
) -> None:
    def offered(version: ModelVersion) -> list[bool]:
        page = shown(curator, version)
        return [text in page for text in (">Mute a check<", ">Unmute a check<", ">Compare with")]

    assert offered(catalog.versions[3]) == [True, True, True]
    ModelVersion.objects.filter(pk=catalog.versions[3].pk).update(**fields)
    assert offered(catalog.versions[3]) == [False, False, False]


def test_a_version_without_metrics_or_predictions_says_what_to_do(catalog: Catalog, curator: Client) -> None:
    page = shown(curator, later_version(catalog.versions[0], metrics={}))
    assert "None were recorded. To measure it: python manage.py evaluate late:6 --dataset NAME" in section(
        page, "Metrics"
    )
    assert "None yet. python manage.py predict late:6 --input" in section(page, "Predictions made with it")
