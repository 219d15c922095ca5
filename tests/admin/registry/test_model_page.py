"""The page of a model: aliases and the way back, the trend, and the newest versions."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from catalog.admin.registry.page_parts.version_sorting import VERSIONS_SHOWN
from catalog.models import ModelVersion
from catalog.services.registry.aliases import promote, remove_alias
from tests.admin.datasets.test_dataset_page import section
from tests.admin.people import Catalog, SignIn, url
from tests.services.snapshots import later_version, make_evaluation


def shown(client: Client, catalog: Catalog) -> str:
    return client.get(url("registeredmodel_change", catalog.model)).content.decode()


def test_the_newest_twenty_versions_are_listed_with_a_link_to_all(catalog: Catalog, curator: Client) -> None:
    for _ in range(VERSIONS_SHOWN):
        later_version(catalog.versions[0])
    versions = section(shown(curator, catalog), "Versions")
    newest = 5 + VERSIONS_SHOWN
    assert re.findall(r"late:(\d+)", versions) == [str(newest - at) for at in range(20)]
    assert f"All versions, to filter and compare ({newest})" in versions


def test_a_version_is_listed_with_its_metrics_dataset_and_author(catalog: Catalog, curator: Client) -> None:
    versions = section(shown(curator, catalog), "Versions")
    value = f"{catalog.versions[0].metrics['balanced_accuracy']['value']:.4g}"
    assert re.search(rf"late:1 {value} [^:]* ready decision_tree departures:1 ada 20\d\d-", versions)
    assert re.search(rf"late:2 canary production {value} ", versions)


def test_the_trend_marks_the_version_in_production(catalog: Catalog, curator: Client) -> None:
    trend = section(shown(curator, catalog), "Trend")
    assert "balanced_accuracy over versions" in trend
    assert "production, canary, version 2: " in trend


def test_each_alias_tells_who_moved_it_when_from_where_and_why(catalog: Catalog, curator: Client) -> None:
    history = section(shown(curator, catalog), "History of production")
    assert re.search(r"20\d\d-\d\d-\d\d \d\d:\d\d promoted late:2 production 1 → 2 by ada ?: newer data", history)


def test_a_rollback_names_the_version_that_each_alias_leads_back_to(catalog: Catalog, curator: Client) -> None:
    promote(reference="late:3", alias="old", actor="ada")
    remove_alias(name="late", alias="old", actor="ada")
    page = curator.get(url("registeredmodel_roll-back", catalog.model)).content.decode()
    assert re.findall(r"<option [^>]*>(.*?)</option>", page) == [
        "production: back to version 1",
        "canary: no way back",
        "old: back to version 3",
    ]


def listed(client: Client, catalog: Catalog, sort: str) -> list[int]:
    page = client.get(url("registeredmodel_change", catalog.model), {"sort": sort}).content.decode()
    return [int(number) for number in re.findall(r'aria-label="Choose late:(\d+)"', page)]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("", [7, 6, 5, 4, 3, 2, 1]),
        ("version", [1, 2, 3, 4, 5, 6, 7]),
        ("-metric", [6, 4, 3, 2, 1, 7, 5]),
        ("metric", [4, 3, 2, 1, 6, 7, 5]),
        ("nothing; drop table", [7, 6, 5, 4, 3, 2, 1]),
    ],
)
def test_versions_are_sorted_by_a_column_and_what_is_stated_comes_apart(
    catalog: Catalog, curator: Client, sort: str, expected: list[int]
) -> None:
    ModelVersion.objects.filter(number=5).update(primary_value=None)
    later_version(catalog.versions[0], primary_value=0.99)
    later_version(catalog.versions[0], primary_value=0.999, origin="UPLOADED")
    assert listed(curator, catalog, sort) == expected


def test_a_heading_says_how_the_table_is_sorted_and_turns_it_round(catalog: Catalog, curator: Client) -> None:
    page = curator.get(url("registeredmodel_change", catalog.model), {"sort": "-metric"}).content.decode()
    heading = re.search(r'aria-sort="(\w+)"\s*>\s*<a href="\?sort=([^#"]+)#versions">balanced', page)
    assert heading
    assert heading.groups() == ("descending", "metric")
    assert page.count("aria-sort=") == 1


def test_ticked_versions_are_compared_also_with_production(catalog: Catalog, curator: Client) -> None:
    page = shown(curator, catalog)
    assert f'<form action="{url("modelversion_compare")}"' in page
    assert 'name="with" value="production"' in page


def test_a_version_alone_is_compared_with_none(catalog: Catalog, curator: Client) -> None:
    assert "Compare the ticked" in shown(curator, catalog)
    ModelVersion.objects.exclude(pk=catalog.versions[1].pk).update(trashed_at=timezone.now())
    assert "Compare " not in section(shown(curator, catalog), "Versions")


def test_a_failed_version_can_not_be_ticked(catalog: Catalog, curator: Client) -> None:
    later_version(catalog.versions[0], status="FAILED")
    page = shown(curator, catalog)
    assert "late:6" in section(page, "Versions")
    assert sorted(re.findall(r'aria-label="Choose (.*?)"', page)) == [f"late:{at}" for at in range(1, 6)]


def test_what_an_uploader_states_is_marked(catalog: Catalog, curator: Client) -> None:
    later_version(catalog.versions[0], origin="UPLOADED")
    row = re.search(r"late:6 [\d.]+ stated", section(shown(curator, catalog), "Versions"))
    assert row


def test_the_page_draws_what_was_in_production_when(catalog: Catalog, curator: Client) -> None:
    timeline = section(shown(curator, catalog), "Over time")
    assert "version 2 by ada: newer data" in timeline
    assert "version 1 by ada: the first" in timeline


def newest(client: Client, catalog: Catalog) -> str:
    return section(shown(client, catalog), "Newest version")


def compared(first: ModelVersion, second: ModelVersion, low: float, high: float) -> None:
    """Both measured side by side: the main metric of the first is higher by 0.2."""
    metric = first.registered_model.primary_metric
    difference = {"metric": metric, "first": 0.9, "second": 0.7, "low": low, "high": high, "rows": 60}
    make_evaluation(first, second, differences=[difference])


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.1, 0.3, "Yes: balanced_accuracy +0.2 (+0.1 to +0.3)"),
        (-0.1, 0.5, "Not that one could tell, within what chance does on 60 rows:"),
    ],
)
def test_the_newest_version_is_held_against_the_one_in_production(
    catalog: Catalog, curator: Client, low: float, high: float, verdict: str
) -> None:
    compared(catalog.versions[2], catalog.versions[1], low, high)
    told = newest(curator, catalog)
    assert told.count("late:3") == 1
    assert verdict in told.replace(" :", ":")
    assert 'value="Measure both on the same rows"' not in shown(curator, catalog)


def test_the_difference_is_the_newest_ones_also_where_the_other_was_measured(catalog: Catalog, curator: Client) -> None:
    compared(catalog.versions[1], catalog.versions[2], 0.1, 0.3)
    assert "No, it is worse : balanced_accuracy −0.2 (−0.3 to −0.1) against version 2" in newest(curator, catalog)


def test_what_was_not_measured_side_by_side_is_not_known_and_can_be_measured(catalog: Catalog, curator: Client) -> None:
    told = newest(curator, catalog)
    assert "Not known." in told
    assert 'value="Measure both on the same rows"' in shown(curator, catalog)
    assert f"{url('modelversion_compare')}?v={catalog.versions[1].pk}&amp;v={catalog.versions[2].pk}" in shown(
        curator, catalog
    )


def test_the_page_tells_whether_the_newest_version_breaks_those_who_use_the_model(
    catalog: Catalog, curator: Client
) -> None:
    assert "Breaks anyone? No." in newest(curator, catalog)
    inputs = [*catalog.versions[0].signature["inputs"], {"name": "tail", "type": "string", "passed_as": "category"}]
    later_version(catalog.versions[0], signature={**catalog.versions[0].signature, "inputs": inputs})
    told = newest(curator, catalog)
    assert "Yes, who gives it only what version 2 needs: Column 'tail' (string) is newly required." in told.replace(
        "&#x27;", "'"
    )


def test_where_nothing_is_in_production_the_newest_version_can_be_promoted(catalog: Catalog, curator: Client) -> None:
    catalog.model.aliases.all().delete()
    assert "Promote it" in newest(curator, catalog)
    assert "Compare" not in newest(curator, catalog)
    assert url("modelversion_promote", catalog.versions[2]) in shown(curator, catalog)


def test_where_the_newest_version_is_in_production_there_is_nothing_to_decide(
    catalog: Catalog, curator: Client
) -> None:
    promote(reference="late:3", alias="production", actor="ada", reason="newest")
    assert "late:3 is the newest and in production" in newest(curator, catalog)


def test_only_who_may_promote_is_offered_it(catalog: Catalog, sign_in: SignIn) -> None:
    address = url("modelversion_promote", catalog.versions[2])
    offered = {role: address in shown(sign_in(role), catalog) for role in ("Viewers", "Curators")}
    assert offered == {"Viewers": False, "Curators": True}


def test_the_metrics_stand_beside_the_version_in_head_and_body(catalog: Catalog, curator: Client) -> None:
    versions = section(shown(curator, catalog), "Versions")
    assert re.search(r"Version ↓?\s*balanced_accuracy accuracy f1_macro State Estimator Dataset By Created", versions)
    assert re.search(r"late:3 [\d.]+ [\d.]+ [\d.]+ ready decision_tree departures:1 ada", versions)
