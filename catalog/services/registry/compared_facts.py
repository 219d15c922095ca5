"""What versions have in common and in what they differ, fact by fact."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.models import ModelVersion
from catalog.services.registry.comparability import are_on_same_rows


@dataclass(frozen=True)
class ComparedFact:
    """One fact of each version; `best` are the positions of the best values, where there is a best."""

    name: str
    values: list[Any]
    best: tuple[int, ...] = ()

    @property
    def differs(self) -> bool:
        return any(value != self.values[0] for value in self.values[1:])

    @property
    def cells(self) -> list[tuple[Any, bool]]:
        return [(value, at in self.best) for at, value in enumerate(self.values)]


def compare_facts(
    versions: Sequence[ModelVersion], *, only_differing: bool = False
) -> list[tuple[str, list[ComparedFact]]]:
    """Sections with their titles; in each, facts that differ come first. A best value is named only where all were
    measured on the same rows."""
    sections = [
        ("Metrics", _metrics(versions)),
        ("Origin", _facts(versions)),
        ("Parameters", _mappings(versions, lambda version: version.params)),
        ("All parameters", _all_params(versions)),
        ("Code of one's own", _mappings(versions, _digests)),
        ("Schema", _mappings(versions, _schema)),
        ("Environment", _mappings(versions, lambda version: version.environment.get("versions", {}))),
    ]
    return [(title, _shown(facts, only_differing)) for title, facts in sections]


def _shown(facts: list[ComparedFact], only_differing: bool) -> list[ComparedFact]:
    chosen = [fact for fact in facts if fact.differs] if only_differing else facts
    return sorted(chosen, key=lambda fact: not fact.differs)


def _metrics(versions: Sequence[ModelVersion]) -> list[ComparedFact]:
    main = dict.fromkeys(version.registered_model.primary_metric for version in versions)
    others = (name for version in versions for name in version.metrics)
    names = [name for name in dict.fromkeys([*main, *others]) if any(name in version.metrics for version in versions)]
    are_comparable, facts = are_on_same_rows(versions), []
    for name in names:
        metrics = [version.metrics.get(name, {}) for version in versions]
        values = [metric.get("value") for metric in metrics]
        known = [value for value in values if value is not None]
        higher = next(metric["higher_is_better"] for metric in metrics if metric)
        target = (max(known) if higher else min(known)) if known else None
        best = tuple(at for at, value in enumerate(values) if value is not None and value == target)
        facts.append(ComparedFact(name, values, best if are_comparable and len(best) < len(versions) else ()))
    return facts


def _facts(versions: Sequence[ModelVersion]) -> list[ComparedFact]:
    facts: dict[str, Callable[[ModelVersion], Any]] = {
        "dataset": lambda version: version.dataset_reference,
        "target": lambda version: version.target,
        "estimator": lambda version: version.estimator,
        "metrics": lambda version: "stated by the uploader" if version.has_stated_metrics else "measured here",
        "rows weigh by": lambda version: version.weighted_by,
        "rows trained on": lambda version: version.report.get("rows", {}).get("train"),
        "random state": lambda version: version.random_state,
        "code revision": lambda version: version.code_state.replace(version.code_state[12:40], ""),
        "author": lambda version: version.created_by,
        "bytes": lambda version: version.size_bytes,
    }
    return [ComparedFact(name, [fact(version) for version in versions]) for name, fact in facts.items()]


def _mappings(versions: Sequence[ModelVersion], of: Callable[[ModelVersion], dict[str, Any]]) -> list[ComparedFact]:
    mappings = [of(version) for version in versions]
    names = dict.fromkeys(name for values in mappings for name in values)
    return [ComparedFact(name, [values.get(name) for values in mappings]) for name in names]


def _all_params(versions: Sequence[ModelVersion]) -> list[ComparedFact]:
    """Of the whole estimators those parameters in which they differ, or which one of them has not at its default."""
    chosen = {name for version in versions for name in version.chosen_params}
    facts = _mappings(versions, lambda version: {name: param["value"] for name, param in version.all_params.items()})
    return [fact for fact in facts if fact.differs or fact.name in chosen]


def _digests(version: ModelVersion) -> dict[str, str]:
    return {name: module["sha256"][:12] for name, module in version.code.get("modules", {}).items()}


def _schema(version: ModelVersion) -> dict[str, str]:
    return {column["name"]: column["type"] for column in version.signature.get("inputs", [])}
