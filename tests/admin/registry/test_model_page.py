"""The page of a model: aliases and the way back, the trend, and the newest versions."""

import re

from django.test import Client

from catalog.admin.registry.model_page import VERSIONS_SHOWN
from catalog.services.registry.aliases import promote, remove_alias
from tests.admin.datasets.test_dataset_page import section
from tests.admin.people import Catalog, url
from tests.services.snapshots import later_version


def shown(client: Client, catalog: Catalog) -> str:
    return client.get(url("registeredmodel_change", catalog.model)).content.decode()


def test_the_newest_twenty_versions_are_listed_with_a_link_to_all(catalog: Catalog, curator: Client) -> None:
    for _ in range(VERSIONS_SHOWN):
        later_version(catalog.versions[0])
    versions = section(shown(curator, catalog), "Newest versions")
    newest = 5 + VERSIONS_SHOWN
    assert re.findall(r"late:(\d+)", versions) == [str(newest - at) for at in range(20)]
    assert f"All versions, to choose and compare ({newest})" in versions


def test_a_version_is_listed_with_its_metrics_dataset_and_author(catalog: Catalog, curator: Client) -> None:
    versions = section(shown(curator, catalog), "Newest versions")
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
