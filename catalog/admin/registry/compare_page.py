"""Two to five versions beside each other; rows that differ first."""

from collections.abc import Sequence
from typing import Any

from catalog.admin import charts
from catalog.models import ModelVersion
from catalog.services.registry.comparison import compare_versions

MOST, FEWEST = 5, 2


def compare_context(versions: Sequence[ModelVersion], *, only_differing: bool) -> dict[str, Any]:
    return {
        "versions": versions,
        "sections": compare_versions(versions, only_differing=only_differing),
        "only_differing": only_differing,
        "curves": charts.overlay({version.reference: version.report for version in versions}),
    }
