"""Written addresses of what is not there: the page says what is near, also while debugging."""

from typing import Any

import pytest
from django.test import Client

from tests.admin.people import Catalog, url


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("/models/lste/", "There is no model &#x27;lste&#x27;. Did you mean late?"),
        ("/models/late/99/", "late has no version 99."),
        ("/datasets/departure/", "There is no dataset &#x27;departure&#x27;. Did you mean departures?"),
        ("/jobs/4711/", "There is no job 4711."),
    ],
)
def test_what_is_not_there_is_answered_with_what_is_near(
    debug: bool, address: str, message: str, curator: Client, catalog: Catalog, settings: Any
) -> None:
    settings.DEBUG = debug
    response = curator.get(address)
    assert response.status_code == 404
    assert message in response.content.decode()
    assert "Traceback" not in response.content.decode()


@pytest.mark.parametrize("address", ["/models/a%00b/", "/admin/catalog/modelversion/a%00b/change/", "/admin/?page=%00"])
def test_a_character_that_no_name_has_leads_nowhere(address: str, curator: Client, catalog: Catalog) -> None:
    assert curator.get(address).status_code == 404


def test_an_address_that_leads_to_a_page_takes_along_what_it_asks_of_it(curator: Client, catalog: Catalog) -> None:
    page, key = url("datasetversion_change", catalog.dataset_version), catalog.dataset_version.pk
    asked = {
        f"/admin/catalog/datasetversion/{key}/?since=1": f"{page}?since=1",
        "/datasets/departures/1/?since=1": f"{page}?since=1",
        "/datasets/departures/1/": page,
        "/?page=2": "/admin/?page=2",
    }
    assert {where: curator.get(where)["Location"] for where in asked} == asked


QUERIES = ["id__range=1", "nothing=1", "registered_model__name__regex=(", "id__in=x", "id__gt=["]


@pytest.mark.parametrize("query", QUERIES)
def test_a_list_that_can_not_be_filtered_so_is_shown_whole(query: str, curator: Client, catalog: Catalog) -> None:
    response = curator.get(f"/admin/catalog/modelversion/?{query}", follow=True)
    assert response.redirect_chain[0][0].removesuffix("?e=1") == "/admin/catalog/modelversion/"
    assert "late:3" in response.content.decode()


def test_a_list_that_is_shown_whole_says_why(curator: Client, catalog: Catalog) -> None:
    page = curator.get("/admin/catalog/modelversion/?id__range=1", follow=True).content.decode()
    assert "The list can&#x27;t be filtered or changed as that address asks." in page
