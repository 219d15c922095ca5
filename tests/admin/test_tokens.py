"""Tokens are made in the browser, shown once, and revoked."""

import re

from django.test import Client

from catalog.models import ServingToken
from catalog.services.serving.serving_tokens import token_digest
from tests.admin.people import Catalog, url

FORM = {"name": "shop", "model_names": ["late"], "predict_only": "on", "expires_at": "2099-12-31", "reason": "the shop"}


def test_a_token_is_shown_once_on_a_page_that_nobody_keeps(curator: Client, catalog: Catalog) -> None:
    response = curator.post(url("servingtoken_create"), FORM)
    row = ServingToken.objects.get()
    (text,) = set(re.findall(r"mcs_[\w-]{43}", response.content.decode()))
    assert token_digest(text) == row.sha256
    assert "no-store" in response["Cache-Control"]
    assert text not in curator.get(url("servingtoken_change", row)).content.decode()
    assert (row.model_names, row.predict_only, str(row.expires_at)) == (
        ["late"],
        True,
        "2099-12-31 23:59:59.999999+00:00",
    )


def test_what_can_not_be_made_is_said_at_its_field(curator: Client, catalog: Catalog) -> None:
    curator.post(url("servingtoken_create"), FORM)
    taken = curator.post(url("servingtoken_create"), FORM).content.decode()
    past = curator.post(url("servingtoken_create"), {**FORM, "name": "two", "expires_at": "2020-01-01"})
    assert "Name: there is a token shop already. Choose another name." in taken
    assert "Last day 2020-01-01 23:59 is past. Give a later one." in past.content.decode()
    assert ServingToken.objects.count() == 1


def test_a_revoked_token_is_shown_as_such_and_not_revoked_again(curator: Client, catalog: Catalog) -> None:
    curator.post(url("servingtoken_create"), FORM)
    row = ServingToken.objects.get()
    assert "/revoke/" in curator.get(url("servingtoken_change", row)).content.decode()
    curator.post(url("servingtoken_revoke", row), {"reason": "it leaked"})
    page = curator.get(url("servingtoken_change", row)).content.decode()
    assert "REVOKED" in page
    assert "/revoke/" not in page


def test_the_history_leads_from_jobs_and_tells_of_tokens(curator: Client, catalog: Catalog) -> None:
    curator.post(url("servingtoken_create"), FORM)
    events = curator.get(url("auditevent_changelist"), {"object_type": "token"}).content.decode()
    (address,) = set(re.findall(r"/admin/catalog/auditevent/\d+/change/", events))
    assert "shop" in curator.get(address).content.decode()
