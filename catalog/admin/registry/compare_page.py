"""Two to five versions of one model beside each other: the differences first, then all else, rows that differ first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from catalog.admin import charts
from catalog.exceptions import InvalidRequest
from catalog.models import Alias, Evaluation, ModelVersion
from catalog.reference_syntax import DEFAULT_ALIAS
from catalog.services.registry.comparability import Comparison, check_comparable, compare_with_first
from catalog.services.registry.compared_facts import compare_facts

MOST, FEWEST = 5, 2
IMPORTANCES_SHOWN = 15
# Rows of a section that is shown at once; a longer one is folded.
LONGEST_OPEN = 25


@dataclass(frozen=True)
class MetricDifference:
    """A metric of a version and of the one that it is compared with; what differs is empty where it can't be told."""

    name: str
    is_main: bool
    value: float | None
    other: float | None
    difference: str = ""
    sentence: str = ""
    verdict: str = ""


@dataclass(frozen=True)
class VersionDifference:
    """A version against the one that all are compared with. `notice` says why no verdict is given."""

    version: ModelVersion
    other: ModelVersion
    rows: list[MetricDifference]
    notice: str = ""
    evaluation: Evaluation | None = None

    @property
    def new_columns(self) -> str:
        """What it must be given that the other need not be, or must be given as something else."""
        known = {column["name"]: column["type"] for column in self.other.signature.get("inputs", [])}
        inputs = self.version.signature.get("inputs", [])
        return ", ".join(
            f"{column['name']} ({column['type']})" for column in inputs if known.get(column["name"]) != column["type"]
        )


@dataclass(frozen=True)
class MetricFact:
    """A metric of one version as it was measured when it was made, or as its uploader states it. None is called best:
    whether one is, beyond chance, is what the differences say."""

    metric: Mapping[str, Any]
    is_stated: bool


def choose_versions(query: QueryDict) -> list[ModelVersion]:
    """Those that the address names, oldest first, and the one in production where it asks `with=production`.

    Raises InvalidRequest for too few and for versions of several models, and NotReady for one that failed or the like.
    """
    keys = [int(value) for value in query.getlist("v") if value.isdecimal() and len(value) < 19][:MOST]
    whole = ModelVersion.objects.select_related("registered_model", "dataset_version__dataset")
    light = whole.defer("dataset_version__profile", "dataset_version__first_rows", "dataset_version__schema")
    if query.get("with") == DEFAULT_ALIAS and keys:
        keys = [*keys[: MOST - 1], *_in_production(keys[0])]
    versions = list(light.filter(pk__in=keys).prefetch_related("aliases").order_by("pk"))
    check_comparable(versions)
    if len(versions) < FEWEST:
        raise InvalidRequest(f"Choose {FEWEST} to {MOST} versions to compare.")
    return versions


def _in_production(key: int) -> list[int]:
    """The key of the version in production of the same model. Raises InvalidRequest where that is the same or none."""
    held = Alias.objects.filter(registered_model__versions=key, name=DEFAULT_ALIAS)
    found = list(held.values_list("model_version_id", flat=True))
    if not found:
        raise InvalidRequest("No version of this model is in production to compare with.")
    return found


def compare_context(versions: Sequence[ModelVersion], *, only_differing: bool) -> dict[str, Any]:
    sections = dict(compare_facts(versions, only_differing=only_differing))
    comparisons = compare_with_first(versions)
    return {
        "model": versions[0].registered_model,
        "versions": versions,
        "differences": [_difference(comparison) for comparison in comparisons],
        "metrics": [
            (fact.name, fact.differs, [_metric(version, fact.name) for version in versions])
            for fact in sections.pop("Metrics")
        ],
        "sections": [(title, rows) for title, rows in sections.items() if len(rows) <= LONGEST_OPEN],
        "folded": [(title, rows) for title, rows in sections.items() if len(rows) > LONGEST_OPEN],
        "only_differing": only_differing,
        "importances": _importances(versions),
        "measurable": comparisons[0].measurable if len(versions) == FEWEST else None,
        "curves": charts.overlay({version.reference: version.report for version in versions}),
    }


def _metric(version: ModelVersion, name: str) -> MetricFact:
    return MetricFact(version.metrics.get(name, {}), version.has_stated_metrics)


def _difference(comparison: Comparison) -> VersionDifference:
    version, other = comparison.version, comparison.other
    main = version.registered_model.primary_metric
    if comparison.evaluation is None:
        names = [name for name in dict.fromkeys([main, *version.metrics, *other.metrics]) if name in version.metrics]
        rows = [
            MetricDifference(
                name, name == main, *(each.metrics.get(name, {}).get("value") for each in (version, other))
            )
            for name in names
        ]
        return VersionDifference(version, other, rows, notice=comparison.notice)
    found = sorted(comparison.differences.values(), key=lambda each: each.metric != main)
    rows = [
        MetricDifference(
            each.metric, each.metric == main, each.first, each.second, each.text, each.sentence, str(each.verdict)
        )
        for each in found
    ]
    return VersionDifference(version, other, rows, evaluation=comparison.evaluation)


def _importances(versions: Sequence[ModelVersion]) -> list[tuple[str, list[charts.Bar | None]]]:
    """For each feature a bar of each version, by what matters most to any of them."""
    ranked = [
        {
            bar.label: bar
            for bar in charts.ranked(
                [(item["feature"], item["mean"]) for item in version.report.get("importances", [])]
            )
        }
        for version in versions
    ]
    names = dict.fromkeys(name for bars in ranked for name in bars)
    order = sorted(names, key=lambda name: -max(bars[name].width for bars in ranked if name in bars))
    return [(name, [bars.get(name) for bars in ranked]) for name in order[:IMPORTANCES_SHOWN]]
