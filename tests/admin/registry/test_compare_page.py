"""Two to five versions beside each other."""

import html
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.models import ModelVersion, RegisteredModel
from catalog.services.registry.aliases import remove_alias
from tests.admin.people import Catalog, read_page, url
from tests.services.snapshots import later_version, make_evaluation


def compared(client: Client, *versions: ModelVersion | int, **query: str) -> str:
    chosen = [version if isinstance(version, int) else version.pk for version in versions]
    return read_page(client.get(url("modelversion_compare"), {"v": chosen, **query}, follow=True))


def row(page: str, name: str) -> str:
    """The cells of the row in the table of all facts."""
    result = re.search(rf'<tr[^>]*><th scope="row">{re.escape(name)}\b.*?</tr>', side_by_side(page), re.DOTALL)
    assert result, name
    return result[0]


def side_by_side(page: str) -> str:
    return page.partition("<h2>Side by side</h2>")[2].partition("</section>")[0]


def other_version(catalog: Catalog, **fields: object) -> ModelVersion:
    return later_version(catalog.versions[0], **fields)


def with_metric(catalog: Catalog, value: float) -> ModelVersion:
    name = catalog.model.primary_metric
    metric = {**catalog.versions[0].metrics[name], "value": value}
    return other_version(catalog, metrics={**catalog.versions[0].metrics, name: metric})


def test_versions_chosen_in_the_list_are_compared(catalog: Catalog, curator: Client) -> None:
    chosen = [version.pk for version in catalog.versions[:3]]
    data = {"action": "compare", "_selected_action": chosen, "index": "0"}
    response = curator.post(url("modelversion_changelist"), data, follow=True)
    assert "Compare 3 versions" in response.content.decode()


def test_a_failed_version_that_is_chosen_in_the_list_is_refused_by_name(catalog: Catalog, curator: Client) -> None:
    page = compared(curator, catalog.versions[0], other_version(catalog, status="FAILED"))
    assert "late:6 is FAILED: such a version can&#x27;t be compared with others." in page
    assert "Side by side" not in page


@pytest.mark.parametrize("count", [0, 1, 6])
def test_fewer_than_two_or_more_than_five_are_not_compared(catalog: Catalog, curator: Client, count: int) -> None:
    chosen = [version.pk for version in [*catalog.versions, other_version(catalog), other_version(catalog)]][:count]
    data = {"action": "compare", "_selected_action": chosen, "index": "0"}
    page = curator.post(url("modelversion_changelist"), data, follow=True).content.decode()
    assert ("Choose 2 to 5 versions" if count else "Items must be selected") in page


@pytest.mark.parametrize("chosen", [[], [1], [999, 998], [10**30, 1]])
def test_an_address_without_two_versions_leads_to_the_list(
    catalog: Catalog, curator: Client, chosen: list[int]
) -> None:
    assert "Choose 2 to 5 versions to compare." in compared(curator, *chosen)


def test_what_is_no_number_in_the_address_is_passed_over(catalog: Catalog, curator: Client) -> None:
    address = f"{url('modelversion_compare')}?v={catalog.versions[0].pk}&v=x&v=%C2%B2&v={catalog.versions[1].pk}"
    assert "Compare 2 versions" in curator.get(address).content.decode()


def test_no_more_than_five_are_shown(catalog: Catalog, curator: Client) -> None:
    versions = [*catalog.versions, other_version(catalog), other_version(catalog)]
    assert "Compare 5 versions" in compared(curator, *versions)


def test_no_number_is_called_best_where_chance_was_not_measured(catalog: Catalog, curator: Client) -> None:
    page = compared(curator, catalog.versions[0], with_metric(catalog, 0.99))
    assert "Measured on the same rows; whether they differ by more than chance was not measured." in page
    assert not re.search(r"\b(better|worse|best)\b", page)


def test_a_metric_that_one_version_lacks_is_a_dash(catalog: Catalog, curator: Client) -> None:
    page = compared(curator, catalog.versions[0], other_version(catalog, metrics={}))
    assert re.findall(r"<td>\s*–", row(page, catalog.model.primary_metric)) == ["<td>–"]


def test_rows_that_differ_come_first(catalog: Catalog, curator: Client) -> None:
    page = compared(curator, catalog.versions[0], other_version(catalog, random_state=7, params={"max_depth": 3}))
    assert page.index(">random state<") < page.index(">target<")
    assert 'class="differs"' in row(page, "random state")
    assert 'class="differs"' not in row(page, "target")


def test_only_rows_that_differ_can_be_shown(catalog: Catalog, curator: Client) -> None:
    page = compared(curator, catalog.versions[0], other_version(catalog, random_state=7), only="differing")
    assert ">random state<" in page
    assert ">target<" not in page


def test_a_column_of_one_schema_alone_is_a_difference(catalog: Catalog, curator: Client) -> None:
    signature = {**catalog.versions[0].signature}
    signature["inputs"] = [*signature["inputs"], {"name": "weather", "type": "text", "passed_as": "category"}]
    page = compared(curator, catalog.versions[0], other_version(catalog, signature=signature))
    assert re.findall(r"<td>(.*?)</td>", row(page, "weather")) == ["–", "text"]


def test_curves_are_drawn_over_each_other(catalog: Catalog, curator: Client) -> None:
    page = compared(curator, *catalog.versions[:2])
    assert "series-2" in page
    assert "late:2" in page[page.index("<figure") :]


def test_a_name_in_a_schema_is_shown_as_text(catalog: Catalog, curator: Client) -> None:
    page = compared(curator, catalog.versions[0], other_version(catalog, params={"<script>": "<b>"}))
    assert "<script>alert" not in page
    assert "&lt;b&gt;" in page


def test_all_parameters_are_compared_by_what_is_chosen_or_differs(catalog: Catalog, curator: Client) -> None:
    one = other_version(catalog, all_params={"C": {"value": 2, "default": 1}, "tol": {"value": 0.1}, "n": {"value": 5}})
    two = other_version(catalog, all_params={"C": {"value": 2, "default": 1}, "tol": {"value": 0.1}, "n": {"value": 6}})
    page = compared(curator, one, two)
    assert re.findall(r"<td>(.*?)</td>", row(page, "n")) == ["5", "6"]
    assert re.findall(r"<td>(.*?)</td>", row(page, "C")) == ["2", "2"]
    assert 'scope="row">tol<' not in page


def differences(page: str) -> str:
    """The text of what comes before the table of all facts."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.partition("<h2>Side by side</h2>")[0]))


def measured(version: ModelVersion, other: ModelVersion, low: float, high: float) -> None:
    middle = (low + high) / 2
    bounds = {"first": 0.5 + middle, "second": 0.5, "low": low, "high": high, "rows": 680}
    names = ("log_loss", version.registered_model.primary_metric)
    make_evaluation(version, other, differences=[{"metric": name, **bounds} for name in names])


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.01, 0.05, "better +0.03 (+0.01 to +0.05)"),
        (-0.05, -0.01, "worse −0.03 (−0.05 to −0.01)"),
        (-0.004, 0.066, "within what chance does on 680 rows +0.031 (−0.004 to +0.066)"),
    ],
)
def test_differences_come_first_with_what_chance_does(
    catalog: Catalog, curator: Client, low: float, high: float, expected: str
) -> None:
    measured(catalog.versions[2], catalog.versions[1], low, high)
    text = differences(compared(curator, *catalog.versions[1:3]))
    assert "late:3 against late:2, which is in production" in text
    main = catalog.model.primary_metric
    assert re.search(rf"{main} main {re.escape(expected)} [\d.]+ 0.5", text)
    assert text.index(f"{main} main") < text.index("log_loss")


def test_a_difference_is_read_the_right_way_round(catalog: Catalog, curator: Client) -> None:
    measured(catalog.versions[1], catalog.versions[2], 0.01, 0.05)
    assert "worse −0.03 (−0.05 to −0.01)" in differences(compared(curator, *catalog.versions[1:3]))


def test_versions_of_other_rows_have_no_verdict_and_no_best(catalog: Catalog, curator: Client) -> None:
    name = catalog.model.primary_metric
    metrics = {**catalog.versions[0].metrics, name: {**catalog.versions[0].metrics[name], "value": 0.99}}
    page = compared(curator, catalog.versions[1], other_version(catalog, random_state=7, metrics=metrics))
    assert "Measured on other rows: the numbers can't be compared." in html.unescape(differences(page))
    assert "manage.py evaluate late:6 --like late:2" in page
    assert not re.search(r"\b(better|worse|best)\b", page)


def test_what_an_uploader_states_has_no_verdict(catalog: Catalog, curator: Client) -> None:
    page = compared(curator, catalog.versions[1], other_version(catalog, origin="UPLOADED"))
    assert "what an uploader states" in differences(page)
    assert "stated" in row(page, catalog.model.primary_metric)


def test_each_version_is_compared_with_production_in_a_page_of_few_queries(catalog: Catalog, curator: Client) -> None:
    versions = [*catalog.versions[:3], other_version(catalog, random_state=7), other_version(catalog)]
    with CaptureQueriesContext(connection) as captured:
        text = differences(compared(curator, *versions))
    assert re.findall(r"late:(\d) against late:(\d)", text) == [("1", "2"), ("3", "2"), ("6", "2"), ("7", "2")]
    assert len(captured) <= 12


@pytest.mark.parametrize("is_asked", [True, False])
def test_rows_that_flip_and_segments_that_get_worse_stand_below_the_differences(
    catalog: Catalog, curator: Client, is_asked: bool
) -> None:
    """Also where the other version was the one that was asked for."""
    segment = {"value": "EWR", "rows": 20, "gain": -0.25, "low": -0.5, "high": -0.1}
    flips = {"gained": 9, "lost": 1, "equal": 50, "by": "origin", "segments": [segment]}
    values = {"metric": "accuracy", "first": 0.7, "second": 0.5, "low": 0.1, "high": 0.3, "rows": 60}
    pair = catalog.versions[2:0:-1] if is_asked else catalog.versions[1:3]
    make_evaluation(*pair, differences=[values], flips=flips)
    page = compared(curator, *catalog.versions[1:3])
    first, second = (version.reference for version in pair)
    assert f"{first} gets 9 rows right that {second} gets wrong, and 1 wrong that it gets right." in page
    assert f"By origin: {first} less {second}" in page
    assert '<th scope="row">EWR</th><td class="number">20</td>' in page


def test_a_segment_is_worse_or_better_only_beyond_what_chance_does(catalog: Catalog, curator: Client) -> None:
    bounds = {"EWR": (-0.5, -0.1), "JFK": (0.1, 0.5), "LGA": (-0.2, 0.4)}
    segments = [
        {"value": name, "rows": 20, "gain": 0.1, "low": low, "high": high} for name, (low, high) in bounds.items()
    ]
    flips = {"gained": 9, "lost": 1, "equal": 50, "by": "origin", "segments": segments}
    values = {"metric": "accuracy", "first": 0.7, "second": 0.5, "low": 0.1, "high": 0.3, "rows": 60}
    make_evaluation(*catalog.versions[2:0:-1], differences=[values], flips=flips)
    page = compared(curator, *catalog.versions[1:3]).partition("By origin")[2]
    told = re.findall(r'<th scope="row">(\w+)</th>.*?<td>(?:<span class="verdict \w+">)?([\w ]+)', page)[:3]
    assert told == [("EWR", "worse"), ("JFK", "better"), ("LGA", "within what chance does")]


def test_the_baseline_and_the_folds_stand_beside_a_metric(catalog: Catalog, curator: Client) -> None:
    name = catalog.model.primary_metric
    metric = {**catalog.versions[0].metrics[name], "baseline": 0.25, "mean": 0.75, "standard_deviation": 0.125}
    page = compared(curator, catalog.versions[0], other_version(catalog, metrics={name: metric}))
    cells = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row(page, name)))
    assert "baseline 0.25 folds 0.75 ± 0.125" in cells


def test_importances_stand_side_by_side(catalog: Catalog, curator: Client) -> None:
    report = {**catalog.versions[0].report, "importances": [{"feature": "weather", "mean": 0.5}]}
    page = compared(curator, catalog.versions[0], other_version(catalog, report=report))
    table = page.partition("<h2>Importances</h2>")[2].partition("</section>")[0]
    assert re.search(r'>weather</th><td class="number">–</td><td class="number"><svg .*?</svg> 0.5</td>', table)


def test_the_main_metric_is_marked_and_named_side_by_side(catalog: Catalog, curator: Client) -> None:
    page = compared(curator, *catalog.versions[:2])
    main = catalog.model.primary_metric
    assert '<span class="chip">main</span>' in row(page, main)
    assert '<span class="chip">main</span>' not in row(page, "accuracy")
    assert f"The fall of {main} when a feature is shuffled, of each version on its own rows." in page


def test_each_version_leads_to_its_data(catalog: Catalog, curator: Client) -> None:
    page = compared(curator, *catalog.versions[:2])
    assert side_by_side(page).count(url("datasetversion_change", catalog.dataset_version)) == 2


def test_versions_of_two_models_are_not_compared(catalog: Catalog, curator: Client) -> None:
    model = RegisteredModel.objects.create(name="delays", task="classification", primary_metric="accuracy")
    page = compared(curator, catalog.versions[0], other_version(catalog, registered_model_id=model.pk))
    assert page.count("Versions of one model can be compared; these are of delays and late.") == 1
    assert "Side by side" not in page


def with_production(client: Client, version: ModelVersion) -> str:
    address = f"{url('modelversion_compare')}?v={version.pk}&with=production"
    return html.unescape(client.get(address, follow=True).content.decode())


def test_a_version_is_compared_with_production(catalog: Catalog, curator: Client) -> None:
    assert "late:3 against" in with_production(curator, catalog.versions[2])
    assert "Choose 2 to 5 versions to compare." in with_production(curator, catalog.versions[1])
    remove_alias(name="late", alias="production", actor="ada")
    refused = with_production(curator, catalog.versions[2])
    assert "No version of this model is in production to compare with." in refused


def test_columns_that_consumers_must_give_from_then_on_are_named(catalog: Catalog, curator: Client) -> None:
    inputs = [*catalog.versions[1].signature["inputs"], {"name": "weather", "type": "string", "passed_as": "category"}]
    version = other_version(catalog, signature={**catalog.versions[1].signature, "inputs": inputs})
    text = differences(compared(curator, catalog.versions[1], version))
    assert "It needs columns that late:2 does not: weather (string)." in text
    assert "It needs no column that late:2 does not." in differences(compared(curator, *catalog.versions[1:3]))


def test_a_column_that_must_be_given_as_something_else_is_named(catalog: Catalog, curator: Client) -> None:
    inputs = [{**column} for column in catalog.versions[1].signature["inputs"]]
    inputs[0]["type"] = "timestamp"
    version = other_version(catalog, signature={**catalog.versions[1].signature, "inputs": inputs})
    text = differences(compared(curator, catalog.versions[1], version))
    assert f"It needs columns that late:2 does not: {inputs[0]['name']} (timestamp)." in text


def test_the_rows_that_both_were_measured_on_are_named(catalog: Catalog, curator: Client) -> None:
    measured(catalog.versions[2], catalog.versions[1], 0.01, 0.05)
    text = differences(compared(curator, *catalog.versions[1:3]))
    assert "Both were measured on 60 of the rows of departures:1." in text


def test_numbers_of_other_rows_stand_below_their_versions(catalog: Catalog, curator: Client) -> None:
    name = catalog.model.primary_metric
    metrics = {name: {**catalog.versions[0].metrics[name], "value": 0.125}}
    page = compared(curator, catalog.versions[1], other_version(catalog, random_state=7, metrics=metrics))
    table = page.partition('aria-label="Differences of late:6"')[2].partition("</table>")[0]
    assert re.findall(r'<th scope="col">([^<]+)</th>', table) == ["Metric", "late:6", "late:2"]
    assert re.findall(r'<td class="number">(?:<span title="[^"]+">)?([\d.]+)', table) == [
        "0.125",
        f"{catalog.versions[1].metrics[name]['value']:.4g}",
    ]


def test_metrics_in_which_rows_weigh_otherwise_are_not_compared(catalog: Catalog, curator: Client) -> None:
    metrics = {name: {**metric, "weighted_by": "fare"} for name, metric in catalog.versions[0].metrics.items()}
    page = compared(curator, catalog.versions[1], other_version(catalog, metrics=metrics))
    told = html.unescape(differences(page))
    assert "Measured on the same rows, which weigh otherwise: the numbers can't be compared." in told
    assert not re.search(r"\b(better|worse|best)\b", page)


def test_a_long_section_is_folded(catalog: Catalog, curator: Client) -> None:
    params = {f"p{at}": at for at in range(26)}
    page = compared(curator, catalog.versions[0], other_version(catalog, params=params))
    assert "<summary>Parameters, 26 rows</summary>" in page
    page = compared(curator, catalog.versions[0], other_version(catalog, params={"p": 1}))
    assert "Parameters, " not in page
