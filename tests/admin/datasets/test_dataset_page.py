"""The page of a dataset version: its columns, its first rows, what was trained on it, what changed since the last."""

import copy
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import DatasetVersion
from tests.admin.people import Catalog, unused_dataset_version, url


def section(page: str, heading: str) -> str:
    """The text of the card with this heading, without its tags."""
    result = re.search(rf"<h2>{heading}.*?</section>", page, re.DOTALL)
    assert result, heading
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", result[0].replace("<wbr>", "")))


def shown(client: Client, version: DatasetVersion) -> str:
    return client.get(url("datasetversion_change", version)).content.decode()


@pytest.fixture
def later(catalog: Catalog) -> DatasetVersion:
    """`departures:2`, with the same file as the first."""
    return unused_dataset_version(catalog.dataset_version, 2, None)


def changed(version: DatasetVersion, column: str, **fields: Any) -> DatasetVersion:
    """The version with these facts of a column, in its schema and its profile."""
    for described in (version.schema, version.profile):
        for item in described:
            if item["name"] == column:
                item |= copy.deepcopy(fields)
    version.save()
    return version


def test_a_column_is_shown_with_its_type_missing_cells_and_distribution(catalog: Catalog, curator: Client) -> None:
    page = shown(curator, catalog.dataset_version)
    columns = section(page, "Columns")
    assert "carrier string 0" in columns
    assert re.search(r"dep_time \w+ 43 \(14.3 %\)", columns)
    assert 'aria-label="Histogram of distance"' in page


def test_a_column_of_texts_shows_its_most_frequent_values(catalog: Catalog, curator: Client) -> None:
    top = next(item for item in catalog.dataset_version.profile if item["name"] == "carrier")["top"][0]
    assert f"{top['value']} {top['count']}" in section(shown(curator, catalog.dataset_version), "Columns")


def test_the_first_rows_are_shown_with_what_is_missing(catalog: Catalog, curator: Client) -> None:
    rows = section(shown(curator, catalog.dataset_version), "First rows")
    assert catalog.dataset_version.first_rows[0][0] in rows
    assert "empty" in rows


def test_the_versions_trained_on_it_are_named(catalog: Catalog, curator: Client) -> None:
    trained = section(shown(curator, catalog.dataset_version), "Trained on it")
    assert all(f"late:{number}" in trained for number in (1, 2, 3, 4))
    assert "late:5" not in trained


def test_a_version_like_the_one_before_says_so(curator: Client, later: DatasetVersion) -> None:
    assert "Schema and profile are as they were." in section(shown(curator, later), "Since")


def test_the_first_version_is_compared_with_nothing(catalog: Catalog, curator: Client) -> None:
    assert "<h2>Since" not in shown(curator, catalog.dataset_version)


def test_a_column_that_is_new_gone_or_of_another_type_is_told(curator: Client, later: DatasetVersion) -> None:
    changed(changed(later, "carrier", name="airline"), "origin", type="integer")
    message = section(shown(curator, later), "Since")
    assert "Column airline is new (string)." in message
    assert "Column carrier is gone." in message
    assert "Column origin was string and is integer." in message


def test_a_profile_that_moved_is_told(curator: Client, later: DatasetVersion) -> None:
    changed(changed(later, "origin", nulls=150), "distance", mean=3000.0)
    message = section(shown(curator, later), "Since")
    assert "Column origin: missing went from 0% to 50%." in message
    assert re.search(r"Column distance: the mean went from \d+(\.\d+)? to 3000\.", message)


def test_other_counts_of_rows_are_told(curator: Client, later: DatasetVersion) -> None:
    DatasetVersion.objects.filter(pk=later.pk).update(row_count=1200)
    assert "300 rows became 1,200." in section(shown(curator, later), "Since")


def test_a_version_in_the_trash_is_neither_listed_nor_compared_with(catalog: Catalog, curator: Client) -> None:
    trashed = unused_dataset_version(catalog.dataset_version, 2, timezone.now())
    newest = unused_dataset_version(catalog.dataset_version, 3, None)
    page = curator.get(url("dataset_change", newest.dataset)).content.decode()
    assert "departures:3" in page
    assert url("datasetversion_change", trashed) not in page
    assert "Since version 1" in section(shown(curator, newest), "Since")
