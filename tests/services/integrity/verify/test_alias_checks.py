from catalog.models import Alias, ModelVersion
from catalog.services.integrity.verify.verify_catalog import verify_catalog
from tests.services.integrity.catalogs import (
    another,
    only_finding,
)


def test_an_alias_to_a_version_that_is_not_ready_is_found(sound: ModelVersion) -> None:
    ModelVersion.objects.update(status="QUARANTINED")
    found = [finding for finding in verify_catalog().findings if finding.kind == "alias"]
    assert [finding.where for finding in found] == ["late@production"]
    assert "points to late:1, which is QUARANTINED" in found[0].what


def test_an_alias_that_moved_without_an_event_is_found(sound: ModelVersion) -> None:
    Alias.objects.update(model_version=another(sound))
    finding = only_finding()
    assert (finding.kind, finding.where) == ("alias", "late@production")
    assert finding.what == "points to late:2, and its history leaves it at version 1"


def test_an_alias_that_went_without_an_event_is_found(sound: ModelVersion) -> None:
    Alias.objects.all().delete()
    assert only_finding().what == "is not there, and its history leaves it at version 1"
