"""The process that serves the site stays light, whatever people look at and do."""

import json
import shutil
from pathlib import Path

import pytest
from django.core import serializers

from catalog.models import Alias, AuditEvent, Dataset, DatasetVersion, Job, ModelVersion, Prediction, RegisteredModel
from catalog.models.encoding import ExactEncoder
from tests.admin.people import Catalog
from tests.admin.test_permissions import ACTIONS, address
from tests.servers.site import environment, run

MODELS = (Dataset, DatasetVersion, RegisteredModel, ModelVersion, Alias, AuditEvent, Prediction, Job)

# A promotion comes before it.
ONE_AFTER_ANOTHER = {"registeredmodel_roll-back": {"way": "production:2"}}


@pytest.fixture
def arguments(catalog: Catalog, tmp_path: Path) -> list[str]:
    """Files with the catalog's rows, with all actions on it, and with a table to upload."""
    actions = [
        (address(catalog, name), {**data, **ONE_AFTER_ANOTHER.get(name, {})}) for name, (_, _, data) in ACTIONS.items()
    ]
    everything = [row for model in MODELS for row in model._default_manager.order_by("pk")]
    texts = {
        "rows.json": serializers.serialize("json", everything, cls=ExactEncoder),
        "actions.json": json.dumps(actions),
        "birds.csv": "name,wing\nrobin,7\nwren,5\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    return [str(tmp_path / name) for name in texts]


def test_no_page_and_no_action_imports_a_heavy_library(
    arguments: list[str], migrated_sqlite: Path, tmp_path: Path
) -> None:
    shutil.copy(migrated_sqlite, tmp_path / "catalog.sqlite3")
    result = json.loads(run(environment(tmp_path), "-m", "tests.admin.visiting", *arguments).splitlines()[-1])
    assert result["heavy"] == []
    visited = [page for page in result["seen"] if page.startswith("GET /admin/catalog/")]
    assert len(visited) > 50
    statuses = {what: status for what, (status, _) in result["seen"].items()}
    assert {status for what, status in statuses.items() if what in visited} <= {200, 302, 403, 405}
    # What was promoted can't be archived, and what was approved can't be rejected any more; all others succeed.
    failed = [what for what, (_, problems) in result["seen"].items() if what.startswith("POST") and problems]
    assert [what.rsplit("/", 2)[1] for what in failed] == ["archive", "reject"]
    assert statuses["POST upload"] == 302
