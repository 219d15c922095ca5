"""The page of a dataset version: its columns, its first rows, what was trained on it, what changed since the last."""

import copy
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from catalog.admin.datasets import changes_section
from catalog.admin.datasets.column_table import COLUMNS_SHOWN
from catalog.admin.written_values import number
from catalog.models import DatasetVersion
from tests.admin.people import Catalog, unused_dataset_version, url


def section(page: str, heading: str) -> str:
    """The text of the card with this heading, without its tags."""
    result = re.search(rf"<h2>\s*{heading}.*?</section>", page, re.DOTALL)
    assert result, heading
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", result[0].replace("<wbr>", "")))


def shown(client: Client, version: DatasetVersion) -> str:
    return client.get(url("datasetversion_change", version)).content.decode()


def moves(page: str) -> dict[str, str]:
    """By column, in the order of the page, how far it moved."""
    found = re.findall(r'<th scope="row">([^<]+)</th>\s*<td class="number" title="[\d.e-]+">\s*([\d.]+)\s*</td>', page)
    return dict(found)


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


def test_a_version_like_the_one_before_has_not_moved(curator: Client, later: DatasetVersion) -> None:
    moved = moves(shown(curator, later))
    assert len(moved) > 5
    assert set(moved.values()) == {"0.00"}


def test_the_first_version_is_compared_with_nothing(catalog: Catalog, curator: Client) -> None:
    assert "<h2>Since" not in shown(curator, catalog.dataset_version)


def test_a_column_that_is_new_gone_or_of_another_type_is_told(curator: Client, later: DatasetVersion) -> None:
    changed(changed(later, "carrier", name="airline"), "origin", type="integer")
    message = section(shown(curator, later), "Since")
    assert "Column airline is new (string)." in message
    assert "Column carrier is gone." in message
    assert "Column origin was string and is integer." in message


def test_columns_are_sorted_by_how_much_they_moved(curator: Client, later: DatasetVersion) -> None:
    carriers = [{"value": "ZZ", "count": 250}, {"value": "AA", "count": 50}]
    changed(changed(later, "carrier", top=carriers, distinct=2), "distance", mean=3000.0)
    changed(later, "origin", nulls=300, top=[], distinct=0)
    page = shown(curator, later)
    assert [name for name, _ in list(moves(page).items())[:2]] == ["origin", "carrier"]
    message = section(page, "Since")
    assert re.search(r"origin \S+ 0\.0 % → 100\.0 %", message)
    assert re.search(r"distance \S+ 0\.0 % \S+ → 3,?000", message)
    assert "new: ZZ gone:" in message


def test_the_target_of_what_was_trained_on_it_is_told_first(curator: Client, later: DatasetVersion) -> None:
    shares = [{"value": False, "count": 240}, {"value": True, "count": 60}]
    changed(later, "late", top=shares)
    message = section(shown(curator, later), "Since")
    assert re.search(r"Target late : False \S+ % → 80\.0 %, True \S+ % → 20\.0 %\.", message)


def test_any_earlier_version_can_be_compared_with(catalog: Catalog, curator: Client, later: DatasetVersion) -> None:
    newest = unused_dataset_version(later, 3, None)
    DatasetVersion.objects.filter(pk=later.pk).update(row_count=7)
    where = url("datasetversion_change", newest)
    assert "7 rows became 300." in section(curator.get(where).content.decode(), "Since")
    page = curator.get(f"{where}?since=1").content.decode()
    assert "Since version 1" in section(page, "Since")
    assert "rows became" not in section(page, "Since")


@pytest.mark.parametrize("since", ["9", "0", "x", "3", "1" * 30, "²", ""])
def test_a_version_that_is_not_there_is_not_compared_with(curator: Client, later: DatasetVersion, since: str) -> None:
    answer = curator.get(url("datasetversion_change", later), {"since": since})
    message = section(answer.content.decode(), "Since")
    assert ("has no version" in message) == (since in {"9", "0", "3"})
    assert "Since version 1" in message


def test_the_notes_of_a_version_are_shown_on_its_page(curator: Client, later: DatasetVersion) -> None:
    DatasetVersion.objects.filter(pk=later.pk).update(notes="Without **March**")
    assert "<strong>March</strong>" in shown(curator, later)


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


@pytest.fixture
def wide(catalog: Catalog) -> DatasetVersion:
    """The version with 120 columns: `x0` to `x113` after its own six."""
    version, count = catalog.dataset_version, 120
    more = count - len(version.schema)
    version.schema += [{"name": f"x{at}", "type": "integer", "nulls": 0} for at in range(more)]
    version.first_rows = [[*row, *(f"cell {at}" for at in range(more))] for row in version.first_rows]
    version.save()
    return version


def named(page: str) -> list[str]:
    """The columns whose profiles are shown."""
    return re.findall(
        r'<th scope="row">([^<]+)</th>', page.partition('aria-label="Columns"')[2].partition("</table>")[0]
    )


def test_many_columns_are_shown_page_by_page_with_their_first_rows(curator: Client, wide: DatasetVersion) -> None:
    page = curator.get(url("datasetversion_change", wide), {"page": "3"}).content.decode()
    names = [column["name"] for column in wide.schema]
    assert named(page) == names[2 * COLUMNS_SHOWN :]
    assert "Columns 101 to 120 of 120" in section(page, "Columns")
    rows = section(page, "First rows")
    assert ("cell 113" in rows, "cell 0 " in rows) == (True, False)


def test_columns_are_found_by_a_part_of_their_name(curator: Client, wide: DatasetVersion) -> None:
    page = curator.get(url("datasetversion_change", wide), {"column": "X11"}).content.decode()
    assert named(page) == ["x11", "x110", "x111", "x112", "x113"]
    assert "No column has" in curator.get(url("datasetversion_change", wide), {"column": "zz"}).content.decode()


@pytest.mark.parametrize("page", ["0", "-1", "x", "999999999999999999999", ""])
def test_a_page_of_columns_that_there_is_not_is_the_nearest(curator: Client, wide: DatasetVersion, page: str) -> None:
    answer = curator.get(url("datasetversion_change", wide), {"page": page})
    assert len(named(answer.content.decode())) in {COLUMNS_SHOWN, len(wide.schema) % COLUMNS_SHOWN}


def test_turning_the_page_of_columns_keeps_what_is_compared_with(curator: Client, wide: DatasetVersion) -> None:
    later, newest = (unused_dataset_version(wide, number, None) for number in (2, 3))
    page = curator.get(url("datasetversion_change", newest), {"since": "1", "column": "x"}).content.decode()
    assert 'href="?since=1&amp;column=x&amp;page=2#columns"' in page
    assert later.number == 2


def test_few_columns_need_no_search(catalog: Catalog, curator: Client) -> None:
    assert "Find columns" not in shown(curator, catalog.dataset_version)


def test_versions_trained_on_it_are_shown_with_their_main_metric(catalog: Catalog, curator: Client) -> None:
    value = number(catalog.versions[0].primary_value)
    trained = curator.get(url("datasetversion_change", catalog.dataset_version)).content.decode()
    assert f"late:1 {re.sub('<[^>]+>', ' ', value).strip()} balanced_accuracy" in re.sub(
        r"\s+", " ", section(trained, "Trained on it")
    )


def test_very_many_columns_are_compared_when_somebody_asks(
    curator: Client, wide: DatasetVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest = unused_dataset_version(wide, 2, None)
    assert "Columns that moved" in shown(curator, newest)
    monkeypatch.setattr(changes_section, "COMPARED_AT_ONCE", 100)
    page = shown(curator, newest)
    assert ("Columns that moved" in page, 'href="?since=1#changes"' in page) == (False, True)
    asked = curator.get(url("datasetversion_change", newest), {"since": "1"}).content.decode()
    assert "Columns that moved" in asked
    assert "What changed since" not in shown(curator, wide)


def test_columns_are_turned_to_by_how_much_they_moved(
    curator: Client, later: DatasetVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes_section, "CHANGED_SHOWN", 4)
    changed(later, "origin", nulls=300, top=[], distinct=0)
    address, names = url("datasetversion_change", later), []
    for page in ("1", "2"):
        shown = curator.get(address, {"since": "1", "moved": page}).content.decode()
        names += [*moves(shown)]
        turned = re.findall(r'\?since=1&amp;moved=(\d)#changes"\s*>(Moved \w+)<', shown)
        assert turned == {"1": [("2", "Moved less")], "2": [("1", "Moved more")]}[page]
    assert (names[0], sorted(names)) == ("origin", sorted(column["name"] for column in later.profile))


@pytest.mark.parametrize("asked", ["0", "-1", "x", "9" * 30])
def test_a_page_of_changes_that_there_is_not_is_the_nearest(curator: Client, later: DatasetVersion, asked: str) -> None:
    answer = curator.get(url("datasetversion_change", later), {"since": "1", "moved": asked})
    assert len(moves(answer.content.decode())) == len(later.profile)
