"""Whether the rows by which databases search are those that tags and metrics make."""

from collections.abc import Sequence

from django.db.models import Model

from catalog.services.integrity.check_run import CheckRun
from catalog.services.integrity.findings import FindingKind, Repair, RepairAction, RowKey
from catalog.services.integrity.row_batches import describe
from catalog.services.search.search_index import wrongly_indexed


def check_search(run: CheckRun, rows: Sequence[Model]) -> None:
    """Of rows of one model. What differs is looked at again: others may have tagged it since it was read."""
    if not (wrong := wrongly_indexed(rows)):
        return
    present = type(wrong[0])._default_manager.filter(pk__in=[row.pk for row in wrong])
    for row in wrongly_indexed(list(present)):
        run.add(
            FindingKind.SEARCH,
            describe(row),
            "filters find it by other tags or metrics than it has",
            "verify_catalog --repair --yes makes its rows of search anew",
            Repair(RepairAction.INDEX, describe(row), row=RowKey.of(row)),
        )
