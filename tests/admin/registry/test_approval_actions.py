"""Uploaded models in the admin: what their pages say, and who may decide about them."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from catalog.models import ModelVersion
from tests.admin.people import Catalog, SignIn, quarantined_version, url, user_of

KD_TREE = "sklearn.neighbors._kd_tree.KDTree"


def page(client: Client, name: str, version: ModelVersion) -> str:
    return client.get(url(name, version)).content.decode()


def is_ready(version: ModelVersion) -> bool:
    return ModelVersion.objects.get(pk=version.pk).state == "READY"


@pytest.fixture
def pickled(catalog: Catalog) -> ModelVersion:
    return quarantined_version(catalog.versions[0], artifact_format="joblib")


def test_the_page_of_a_quarantined_version_says_what_it_waits_for(curator: Client, catalog: Catalog) -> None:
    shown = page(curator, "modelversion_change", catalog.versions[4])
    assert "Nothing can load it until somebody other than ada approves it." in shown
    assert KD_TREE in shown
    assert "Only a version that is ready can be loaded" in shown
    assert "load_model(" not in shown


def test_home_says_that_a_quarantined_version_needs_a_person(curator: Client, catalog: Catalog) -> None:
    attention = curator.get("/admin/").content.decode().partition("Needs a person")[2].partition("</section>")[0]
    assert "quarantined" in attention
    assert "late:5" in attention


def test_the_confirmation_names_the_types_and_the_digest(curator: Client, catalog: Catalog) -> None:
    shown = page(curator, "modelversion_approve", catalog.versions[4])
    assert KD_TREE in shown
    assert catalog.versions[4].sha256 in shown


def test_an_approved_version_can_be_used(curator: Client, catalog: Catalog) -> None:
    version = catalog.versions[4]
    curator.post(url("modelversion_approve", version), {"reason": "I know it"})
    assert is_ready(version)
    shown = page(curator, "modelversion_change", version)
    assert "load_model(" in shown
    assert "sepal length (cm)" in shown


def test_the_uploader_is_told_that_somebody_else_must_approve(sign_in: SignIn, catalog: Catalog) -> None:
    version = quarantined_version(catalog.versions[0], created_by="Curators")
    client = sign_in("Curators")
    assert "somebody else must approve it" in page(client, "modelversion_change", version)
    assert "somebody else must approve it" in client.post(url("modelversion_approve", version), {}).content.decode()
    assert not is_ready(version)


def test_a_pickle_takes_a_permission_of_its_own(curator: Client, pickled: ModelVersion) -> None:
    assert url("modelversion_approve", pickled) not in page(curator, "modelversion_change", pickled)
    assert curator.post(url("modelversion_approve", pickled), {}).status_code == 403
    assert not is_ready(pickled)


def test_the_page_says_that_loading_a_pickle_runs_code_from_it(
    sign_in: SignIn, pickled: ModelVersion, settings: Any
) -> None:
    settings.CATALOG["ALLOW_PICKLE_UPLOADS"] = True
    user_of("Curators").user_permissions.add(Permission.objects.get(codename="approve_pickle_artifact"))
    shown = page(sign_in("Curators"), "modelversion_approve", pickled)
    assert "loading a joblib file runs whatever code is in it" in shown


def test_a_rejected_version_stays_closed(curator: Client, catalog: Catalog) -> None:
    version = catalog.versions[4]
    curator.post(url("modelversion_reject", version), {"reason": "Nobody knows it"})
    assert ModelVersion.objects.get(pk=version.pk).state == "REJECTED"
    assert "approve/" not in page(curator, "modelversion_change", version)


def test_the_card_of_an_uploaded_version_says_so(curator: Client, catalog: Catalog) -> None:
    card = page(curator, "modelversion_card", catalog.versions[4])
    assert "Trained elsewhere; uploaded by ada" in card


def test_an_uploaded_version_is_compared_with_one_trained_here(curator: Client, catalog: Catalog) -> None:
    chosen = {"v": [catalog.versions[0].pk, catalog.versions[4].pk]}
    assert "late:5" in curator.get(url("modelversion_compare"), chosen).content.decode()


@pytest.mark.parametrize("state", ["QUARANTINED", "TRASHED"])
def test_versions_are_found_by_their_state(curator: Client, catalog: Catalog, state: str) -> None:
    shown = curator.get(url("modelversion_changelist"), {"state": state}).content.decode()
    assert ("late:5" in shown) == (state == "QUARANTINED")
    assert "late:1<" not in shown
