"""Two to five versions beside each other."""

import re

import pytest
from django.test import Client

from catalog.models import ModelVersion
from tests.admin.people import Catalog, read_page, url
from tests.services.snapshots import later_version


def compared(client: Client, *versions: ModelVersion | int, **query: str) -> str:
    chosen = [version if isinstance(version, int) else version.pk for version in versions]
    return read_page(client.get(url("modelversion_compare"), {"v": chosen, **query}, follow=True))


def row(page: str, name: str) -> str:
    """The cells of the row."""
    result = re.search(rf'<tr[^>]*><th scope="row">{re.escape(name)}</th>(.*?)</tr>', page, re.DOTALL)
    assert result, name
    return result[0]


def other_version(catalog: Catalog, **fields: object) -> ModelVersion:
    return later_version(catalog.versions[0], **fields)


def with_metric(catalog: Catalog, value: float) -> ModelVersion:
    name = catalog.model.primary_metric
    metric = {**catalog.versions[0].metrics[name], "value": value}
    return other_version(catalog, metrics={**catalog.versions[0].metrics, name: metric})


def test_versions_chosen_in_the_list_are_compared(catalog: Catalog, curator: Client) -> None:
    chosen = [version.pk for version in catalog.versions[:3]]
    data = {"action": "compare", "_selected_action": chosen, "index": "0"}
    response = curator.post(url("modelversion_changelist"), data, follow=True)
    assert "Compare 3 versions" in response.content.decode()


@pytest.mark.parametrize("count", [0, 1, 6])
def test_fewer_than_two_or_more_than_five_are_not_compared(catalog: Catalog, curator: Client, count: int) -> None:
    chosen = [version.pk for version in [*catalog.versions, other_version(catalog), other_version(catalog)]][:count]
    data = {"action": "compare", "_selected_action": chosen, "index": "0"}
    page = curator.post(url("modelversion_changelist"), data, follow=True).content.decode()
    assert ("Choose 2 to 5 versions" if count else "Items must be selected") in page


@pytest.mark.parametrize("chosen", [[], [1], [999, 998], [10**30, 1]])
def test_an_address_without_two_versions_leads_to_the_list(
    catalog: Catalog, curator: Client, chosen: list[int]
) -> None:
    assert "Choose 2 to 5 versions to compare." in compared(curator, *chosen)


def test_what_is_no_number_in_the_address_is_passed_over(catalog: Catalog, curator: Client) -> None:
    address = f"{url('modelversion_compare')}?v={catalog.versions[0].pk}&v=x&v=%C2%B2&v={catalog.versions[1].pk}"
    assert "Compare 2 versions" in curator.get(address).content.decode()


def test_no_more_than_five_are_shown(catalog: Catalog, curator: Client) -> None:
    versions = [*catalog.versions, other_version(catalog), other_version(catalog)]
    assert "Compare 5 versions" in compared(curator, *versions)


def test_the_best_metric_is_marked(catalog: Catalog, curator: Client) -> None:
    page = compared(curator, catalog.versions[0], with_metric(catalog, 0.99))
    cells = row(page, catalog.model.primary_metric)
    assert re.findall(r'class="best">([\d.]+)', cells) == ["0.99"]


def test_nothing_is_marked_where_all_are_as_good(catalog: Catalog, curator: Client) -> None:
    page = compared(curator, *catalog.versions[:2])
    assert 'class="best"' not in page


def test_a_metric_that_one_version_lacks_is_a_dash(catalog: Catalog, curator: Client) -> None:
    page = compared(curator, catalog.versions[0], other_version(catalog, metrics={}))
    assert "<td>–</td>" in row(page, catalog.model.primary_metric)


def test_rows_that_differ_come_first(catalog: Catalog, curator: Client) -> None:
    page = compared(curator, catalog.versions[0], other_version(catalog, random_state=7, params={"max_depth": 3}))
    assert page.index(">random state<") < page.index(">target<")
    assert 'class="differs"' in row(page, "random state")
    assert 'class="differs"' not in row(page, "target")


def test_only_rows_that_differ_can_be_shown(catalog: Catalog, curator: Client) -> None:
    page = compared(curator, catalog.versions[0], other_version(catalog, random_state=7), only="differing")
    assert ">random state<" in page
    assert ">target<" not in page


def test_a_column_of_one_schema_alone_is_a_difference(catalog: Catalog, curator: Client) -> None:
    signature = {**catalog.versions[0].signature}
    signature["inputs"] = [*signature["inputs"], {"name": "weather", "type": "text", "passed_as": "category"}]
    page = compared(curator, catalog.versions[0], other_version(catalog, signature=signature))
    assert re.findall(r"<td>(.*?)</td>", row(page, "weather")) == ["–", "text"]


def test_curves_are_drawn_over_each_other(catalog: Catalog, curator: Client) -> None:
    page = compared(curator, *catalog.versions[:2])
    assert "series-2" in page
    assert "late:2" in page[page.index("<figure") :]


def test_a_name_in_a_schema_is_shown_as_text(catalog: Catalog, curator: Client) -> None:
    page = compared(curator, catalog.versions[0], other_version(catalog, params={"<script>": "<b>"}))
    assert "<script>alert" not in page
    assert "&lt;b&gt;" in page


def test_all_parameters_are_compared_by_what_is_chosen_or_differs(catalog: Catalog, curator: Client) -> None:
    one = other_version(catalog, all_params={"C": {"value": 2, "default": 1}, "tol": {"value": 0.1}, "n": {"value": 5}})
    two = other_version(catalog, all_params={"C": {"value": 2, "default": 1}, "tol": {"value": 0.1}, "n": {"value": 6}})
    page = compared(curator, one, two)
    assert re.findall(r"<td>(.*?)</td>", row(page, "n")) == ["5", "6"]
    assert re.findall(r"<td>(.*?)</td>", row(page, "C")) == ["2", "2"]
    assert 'scope="row">tol<' not in page
