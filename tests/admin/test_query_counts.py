"""Every page takes at most fifteen queries, and no more of them for more rows."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.models import RegisteredModel
from catalog.services.registry.aliases import promote
from tests.admin.people import Catalog, kept_prediction
from tests.admin.test_permissions import ACTIONS, OBJECTS, PAGES, STOCK, address
from tests.services.snapshots import later_version

MOST_QUERIES = 15
SHOWN = [f"{kind}_{page}" for kind in OBJECTS for page, permitted in STOCK.items() if permitted]
WRITTEN = {"index": "/admin/", "search": "/search/?q=e", "reference": "/search/?q=late:99"}
FORMS = [name for name in ACTIONS if not name.endswith("_download")]


@pytest.fixture
def grow(catalog: Catalog) -> Callable[[], None]:
    """More of everything: versions with aliases, history and receipts, and models."""

    def add() -> None:
        for at in range(6):
            version = later_version(catalog.versions[0])
            promote(reference=version.reference, alias="production", actor="ada", reason="newer")
            promote(reference=version.reference, alias=f"alias-{at}", actor="ada")
            kept_prediction(version)
            RegisteredModel.objects.create(name=f"model-{at}", task="regression", primary_metric="r2")
        later_version(catalog.versions[0])  # the newest is not in production, as before

    return add


def queries(client: Client, where: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(where).status_code == 200
        return len(captured)


@pytest.mark.parametrize("name", [*WRITTEN, *SHOWN, *FORMS, *PAGES])
def test_a_page_takes_fifteen_queries_at_most_however_many_rows_there_are(
    catalog: Catalog, curator: Client, grow: Callable[[], None], name: str
) -> None:
    where = WRITTEN[name] if name in WRITTEN else address(catalog, name)
    queries(curator, where)  # content types are looked up once a process
    few = queries(curator, where)
    grow()
    assert queries(curator, where) == few <= MOST_QUERIES
