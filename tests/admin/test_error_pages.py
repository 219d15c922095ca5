"""What somebody sees where the site refuses or fails: the house's pages, and never those of Django or of the server."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from catalog.admin.navigation import home_page
from tests.admin.people import Catalog, SignIn, url

LOOK = 'href="/static/catalog/catalog.css"'


def test_a_page_that_fails_says_so_in_the_house_style(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(request: object) -> None:
        raise RuntimeError("the database is gone")

    monkeypatch.setattr(home_page, "home_context", fail)
    client = sign_in("Viewers")
    client.raise_request_exception = False
    answer = client.get("/admin/")
    page = answer.content.decode()
    assert (answer.status_code, "<h1>Something failed</h1>" in page, LOOK in page) == (500, True, True)
    assert "the database is gone" not in page


def test_a_form_without_its_token_says_what_to_do(catalog: Catalog) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_superuser("root"))
    answer = client.post(url("modelversion_promote", catalog.versions[2]), {"reason": "better"})
    page = answer.content.decode()
    assert (answer.status_code, LOOK in page) == (403, True)
    assert "Go back, load the page anew, and send the form once more." in " ".join(page.split())


def test_a_site_by_an_unknown_name_is_not_understood(db: None, client: Client) -> None:
    answer = client.get("/admin/login/", headers={"host": "elsewhere.example"})
    page = answer.content.decode()
    assert (answer.status_code, "<h1>Not understood</h1>" in page, LOOK in page) == (400, True, True)


@pytest.mark.parametrize("role", ["anonymous", "Viewers"])
def test_a_page_that_there_is_not_says_so(catalog: Catalog, sign_in: SignIn, role: str) -> None:
    answer = sign_in(role).get("/nowhere/")
    assert (answer.status_code, LOOK in answer.content.decode()) == (404, True)


def test_the_history_of_a_version_writes_times_as_all_pages_do(catalog: Catalog, sign_in: SignIn) -> None:
    client = sign_in("Curators")
    client.post(url("modelversion_promote", catalog.versions[2]), {"reason": "better"})
    page = client.get(url("modelversion_history", catalog.versions[2])).content.decode()
    times = page.partition("<tbody>")[2].partition("</th>")[0]
    assert len(times.strip().removeprefix("<tr>").strip().removeprefix('<th scope="row">')) == len("2026-01-31 12:00")
