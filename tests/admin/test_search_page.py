"""The field that finds models, datasets and versions."""

import re

import pytest
from django.test import Client

from tests.admin.people import Catalog, SignIn, url


def found(client: Client, text: str) -> list[str]:
    """The texts of the links that the page found."""
    page = client.get("/search/", {"q": text}).content.decode().partition('class="catalog"')[2]
    return re.findall(r'class="kind-\w+"[^>]*>([^<]+)</a>', page)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lat", ["late"]),
        ("LATE", ["late"]),
        ("depart", ["departures"]),
        ("e a", ["late", "departures"]),
        ("nothing", []),
        ("", []),
        ("%", []),
    ],
)
def test_parts_of_names_find_models_and_datasets(
    catalog: Catalog, curator: Client, text: str, expected: list[str]
) -> None:
    assert found(curator, text) == expected


def test_a_reference_leads_to_its_version(catalog: Catalog, curator: Client) -> None:
    response = curator.get("/search/", {"q": "late:2"})
    assert response["Location"] == url("modelversion_change", catalog.versions[1])
    response = curator.get("/search/", {"q": " departures:1 "})
    assert response["Location"] == url("datasetversion_change", catalog.dataset_version)


def test_the_beginning_of_a_digest_finds_the_version(catalog: Catalog, curator: Client) -> None:
    assert found(curator, catalog.versions[1].sha256[:12]) == ["late:2"]
    assert found(curator, catalog.dataset_version.sha256[:12]) == ["departures:1"]


def test_a_filter_leads_to_the_versions_that_it_chooses(catalog: Catalog, curator: Client) -> None:
    response = curator.get("/search/", {"q": "metric.accuracy > 0.5"})
    assert response["Location"] == f"{url('modelversion_changelist')}?q=metric.accuracy+%3E+0.5"


def test_what_is_called_so_nowhere_is_told(catalog: Catalog, curator: Client) -> None:
    assert "Nothing is called so." in curator.get("/search/", {"q": "late:99"}).content.decode()
    assert "Nothing is called so." not in curator.get("/search/").content.decode()


@pytest.mark.parametrize("role", ["anonymous", "nobody"])
def test_only_those_who_may_look_search(catalog: Catalog, sign_in: SignIn, role: str) -> None:
    assert sign_in(role).get("/search/", {"q": "late"}).status_code == (302 if role == "anonymous" else 403)
