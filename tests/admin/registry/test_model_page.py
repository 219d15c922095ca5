"""The page of a model: aliases and the way back, the trend, and the newest versions."""

import re

import pytest
from django.test import Client

from catalog.admin.registry.page_parts.version_sorting import VERSIONS_SHOWN
from catalog.models import ModelVersion
from catalog.services.registry.aliases import promote, remove_alias
from tests.admin.datasets.test_dataset_page import section
from tests.admin.people import Catalog, url
from tests.services.snapshots import later_version


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
    assert re.search(rf"late:1 ready – {value} .* decision_tree departures:1 ada 20\d\d-", versions)


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


def test_what_an_uploader_states_is_marked(catalog: Catalog, curator: Client) -> None:
    later_version(catalog.versions[0], origin="UPLOADED")
    row = re.search(r"late:6 ready – [\d.]+ stated", section(shown(curator, catalog), "Versions"))
    assert row


def test_the_page_draws_what_was_in_production_when(catalog: Catalog, curator: Client) -> None:
    timeline = section(shown(curator, catalog), "In production")
    assert "version 2 by ada: newer data" in timeline
    assert "version 1 by ada: the first" in timeline
