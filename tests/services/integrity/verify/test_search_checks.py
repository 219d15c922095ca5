"""The rows of search are compared with the tags and metrics that they are made of, and made anew by --repair."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import IndexedMetric, IndexedTag, ModelVersion
from catalog.services.integrity.verify.verify_catalog import verify_catalog
from catalog.services.registry.listings import list_versions
from catalog.services.registry.tags import change_tags
from catalog.services.search.search_index import wrongly_indexed
from tests.services.integrity.catalogs import another, kinds, only_finding, repair_all, settle


@pytest.fixture
def tagged(sound: ModelVersion) -> ModelVersion:
    """`late:1`, its model and its dataset, each with a tag; nothing is wrong."""
    data = sound.dataset_version
    assert data is not None
    for subject in (sound, sound.registered_model, data, data.dataset):
        change_tags(subject=subject, tags={"stage": "eu"}, actor="ada")
    settle()
    assert kinds(verify_catalog()) == []
    return sound


def forget_metric(version: ModelVersion) -> None:
    version.indexed_metrics.get(name="accuracy").delete()


def change_metric(version: ModelVersion) -> None:
    version.indexed_metrics.filter(name="accuracy").update(value=2)


def invent_metric(version: ModelVersion) -> None:
    IndexedMetric.objects.create(model_version=version, name="charm", value=1)


def change_tag(version: ModelVersion) -> None:
    version.indexed_tags.update(value="us")


def double_tag(version: ModelVersion) -> None:
    IndexedTag.objects.create(model_version=version, key="stage", value="eu")


@pytest.mark.parametrize("spoil", [forget_metric, change_metric, invent_metric, change_tag, double_tag])
def test_rows_that_differ_are_found_and_made_anew(tagged: ModelVersion, spoil: Callable[[ModelVersion], None]) -> None:
    spoil(tagged)
    finding = only_finding()
    assert (finding.kind, finding.where) == ("search", "late:1")
    assert repair_all() == ["make anew the rows of search of late:1"]
    assert kinds(verify_catalog()) == []
    assert [str(version) for version in list_versions(condition="tag.stage = eu and metric.accuracy <= 1")] == [
        "late:1"
    ]


@pytest.mark.parametrize(
    ("owner", "where"),
    [
        ("registered_model", "registered model late"),
        ("dataset", "dataset departures"),
        ("dataset_version", "departures:1"),
    ],
)
def test_tags_of_models_and_datasets_are_compared_too(tagged: ModelVersion, owner: str, where: str) -> None:
    IndexedTag.objects.filter(**{f"{owner}__isnull": False}).delete()
    assert [(finding.kind, finding.where) for finding in verify_catalog().findings] == [("search", where)]
    assert repair_all() == [f"make anew the rows of search of {where}"]
    assert IndexedTag.objects.filter(**{f"{owner}__isnull": False}, value="eu").exists()


def test_more_versions_take_no_more_queries(tagged: ModelVersion) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert wrongly_indexed(list(ModelVersion.objects.all())) == []
        return len(captured)

    few = queries()
    for _ in range(3):
        another(tagged)
    assert queries() == few
