"""Tags, copies and new names on the pages, and filters in the search box."""

import pytest
from django.contrib.admin import site
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest
from django.test import Client

from catalog.admin.tagging import TagFilter
from catalog.models import ModelVersion, RegisteredModel
from catalog.services.registry.naming import rename_model
from catalog.services.registry.tags import change_tags
from tests.admin.people import ROLES, Catalog, SignIn, read_page, url


def listed(client: Client, kind: str, **query: str) -> str:
    return read_page(client.get(url(f"{kind}_changelist"), query))


@pytest.mark.both_databases
@pytest.mark.parametrize("kind", ["modelversion", "registeredmodel", "datasetversion", "dataset"])
def test_tags_are_edited_shown_and_filtered_by(catalog: Catalog, curator: Client, kind: str) -> None:
    version = catalog.versions[0]
    subject = {
        "modelversion": version,
        "registeredmodel": catalog.model,
        "datasetversion": catalog.dataset_version,
        "dataset": catalog.dataset_version.dataset,
    }[kind]
    page = curator.post(url(f"{kind}_tag", subject), {"tags": "stage = eu\n\nchecked=yes"}, follow=True)
    assert "has 2 tags now." in page.content.decode()
    assert '<span class="chip tag">stage=eu</span>' in page.content.decode()
    assert "checked=yes\nstage=eu</textarea>" in curator.get(url(f"{kind}_tag", subject)).content.decode()
    assert '<span class="chip tag">stage=eu</span>' in listed(curator, kind, tag="stage=eu")
    assert "0 " in listed(curator, kind, tag="stage=us").partition('class="paginator">')[2][:20]
    assert "?tag=stage%3Deu" in listed(curator, kind)


def test_versions_are_filtered_by_tags_as_the_filters_of_the_search_box_do(catalog: Catalog) -> None:
    """By what is no key: SQLite would look each up in the table, whose rows are wide."""
    chosen = TagFilter(HttpRequest(), {"tag": ["stage=eu"]}, ModelVersion, site.get_model_admin(ModelVersion))
    versions = chosen.queryset(HttpRequest(), ModelVersion.objects.all())
    assert '("catalog_modelversion"."id" + 0) IN (SELECT' in str(versions.query)


def test_what_is_no_tag_is_told_at_its_field(catalog: Catalog, curator: Client) -> None:
    page = curator.post(url("modelversion_tag", catalog.versions[0]), {"tags": "stage"}).content.decode()
    assert "Tags: &#x27;stage&#x27; is no tag. Write key=value, as stage=eu." in page


def test_the_search_box_takes_filters(catalog: Catalog, curator: Client) -> None:
    change_tags(subject=catalog.versions[1], tags={"stage": "eu"}, actor="ada")
    found = listed(curator, "modelversion", q="tag.stage = eu and metric.accuracy > 0 and alias = canary")
    assert ("late:2" in found, "late:1<" in found) == (True, False)


def test_a_filter_that_can_not_be_read_is_told_above_an_empty_list(catalog: Catalog, curator: Client) -> None:
    page = listed(curator, "modelversion", q="metric.accuracy >> 1")
    assert "The filter can&#x27;t be read at character 18, &#x27;&gt; 1&#x27;: expected a value." in page
    assert "late:1<" not in page


def test_a_filter_and_the_filters_of_the_list_hold_together(catalog: Catalog, curator: Client) -> None:
    page = listed(curator, "modelversion", q="metric.accuracy", state="ARCHIVED")
    assert ("late:4" in page, "late:1<" in page) == (True, False)


def test_a_version_is_copied_from_its_page(catalog: Catalog, curator: Client) -> None:
    where = url("modelversion_copy", catalog.versions[0])
    page = curator.post(where, {"new_name": "delays"}, follow=True).content.decode()
    assert "delays:1 is a copy of late:1." in page
    copy = ModelVersion.objects.get(registered_model__name="delays")
    assert "A copy of late:1, which ada made." in read_page(curator.get(url("modelversion_change", copy)))


def test_a_name_that_is_taken_is_told_at_its_field(catalog: Catalog, curator: Client) -> None:
    page = curator.post(url("registeredmodel_rename", catalog.model), {"new_name": "late"}).content.decode()
    assert "Name of the model: late is what the model is called already." in page


def test_a_renamed_model_keeps_its_history_on_every_page(catalog: Catalog, curator: Client) -> None:
    curator.post(url("registeredmodel_rename", catalog.model), {"new_name": "delays", "reason": "clearer"})
    assert RegisteredModel.objects.get().stored_as == "late"
    assert "newer data" in read_page(curator.get("/admin/"))
    assert "newer data" in read_page(curator.get(url("registeredmodel_change", catalog.model)))
    assert "newer data" in read_page(curator.get(url("modelversion_change", catalog.versions[1])))
    assert "clearer" in listed(curator, "auditevent", q="delays")


@pytest.mark.parametrize(
    ("address", "leads_to"), [("/models/late/", "registeredmodel"), ("/models/late/1/", "modelversion")]
)
def test_an_address_with_the_old_name_leads_to_the_model(
    catalog: Catalog, curator: Client, address: str, leads_to: str
) -> None:
    rename_model(name="late", new_name="delays", actor="ada")
    response = curator.get(address)
    subject = catalog.model if leads_to == "registeredmodel" else catalog.versions[0]
    assert response["Location"] == url(f"{leads_to}_change", subject)


@pytest.mark.parametrize("role", ROLES)
def test_a_file_is_attached_by_those_who_may_annotate(catalog: Catalog, sign_in: SignIn, role: str) -> None:
    version = catalog.versions[2]
    sent = {"file": SimpleUploadedFile("roc curve.svg", b"<svg/>"), "name": "roc.svg"}
    response = sign_in(role).post(url("modelversion_attach", version), sent)
    version.refresh_from_db()
    may = role in {"Trainers", "Curators", "superuser"}
    assert ([item["name"] for item in version.attachments], response.status_code) == (
        ["roc.svg"] if may else [],
        302 if may or role == "anonymous" else 403,
    )


def test_attached_files_are_listed_and_handed_out(catalog: Catalog, curator: Client) -> None:
    version = catalog.versions[0]
    assert "plot.svg (6 bytes)" in read_page(curator.get(url("modelversion_change", version))).replace("\xa0", " ")
    response = curator.post(url("modelversion_attachment_download", version), {"name": "plot.svg"})
    assert b"".join(response.streaming_content) == b"<svg/>"
    assert response["Content-Disposition"] == 'attachment; filename="late-v1-plot.svg"'
    response.close()


def test_a_file_whose_name_can_not_be_kept_is_told_at_its_field(catalog: Catalog, curator: Client) -> None:
    sent = {"file": SimpleUploadedFile("roc curve.svg", b"<svg/>")}
    page = curator.post(url("modelversion_attach", catalog.versions[0]), sent).content.decode()
    assert "Name: &#x27;roc curve.svg&#x27; can&#x27;t be the name of an attached file" in page


def test_a_file_that_is_not_attached_is_told_on_the_page(catalog: Catalog, curator: Client) -> None:
    where = url("modelversion_attachment_download", catalog.versions[0])
    page = curator.post(where, {"name": "other"}, follow=True).content.decode()
    assert "late:1 has no file &#x27;other&#x27; attached." in page
