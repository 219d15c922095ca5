"""What a change of an alias means for those who use it: metrics, columns, libraries and data, before it is made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from catalog.exceptions import InvalidRequest, NotPermitted
from catalog.models import Alias, ModelVersion
from catalog.services.datasets.version_changes import describe_drift
from catalog.services.evaluation.recorded_checks import open_checks, unmade_checks
from catalog.services.registry.aliases import (
    AliasChange,
    check_alias,
    find_rollback,
    is_protected,
    promote,
    roll_back,
    why_not_promoted_by,
)
from catalog.services.registry.comparability import Basis, Comparison, compare_versions
from catalog.services.registry.production import is_below
from catalog.services.registry.references import get_model_version, get_registered_model


@dataclass(frozen=True)
class ChangeReview:
    """From `previous`, None when nothing holds the alias, to `version`.

    `columns` are sentences on what consumers must give from then on, `libraries` on what must be installed; `reasons`
    say why the change takes a reason of the person who makes it.
    """

    alias: str
    version: ModelVersion
    previous: ModelVersion | None
    comparison: Comparison | None = None
    columns: list[str] = field(default_factory=list)
    libraries: list[str] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    breaks_consumers: bool = False

    @property
    def step(self) -> str:
        """From what to what."""
        before = self.previous.reference if self.previous else "none"
        return f"{self.alias}: {before} → {self.version.reference}"

    @property
    def is_change(self) -> bool:
        return self.previous is None or self.previous.pk != self.version.pk

    @property
    def sentences(self) -> list[str]:
        """What is said of the change beside the metrics, at the terminal and on the page alike: from what to what, what
        changes for consumers, and the checks that fired. None where nothing changes."""
        if not self.is_change:
            return []
        instead = f", instead of {self.previous.reference}" if self.previous else ", which no version holds"
        first = f"{self.version.reference} will hold {self.alias}{instead}."
        unmade = unmade_checks(self.version)
        return [first, *self.changes, *self.checks, *([unmade] if unmade else [])]

    @property
    def changes(self) -> list[str]:
        """What changes for those who use the alias, and the data behind it."""
        return [*self.columns, *self.libraries, *self.data]

    @property
    def warnings(self) -> list[str]:
        """The same without what stays as it was."""
        is_same_data = self.previous and self.previous.dataset_reference == self.version.dataset_reference
        return [*self.columns, *self.libraries, *([] if is_same_data else self.data)]

    @property
    def cautions(self) -> list[str]:
        """Why the change takes a reason, in sentences."""
        return [f"{reason[0].upper()}{reason[1:]}." for reason in self.reasons]

    @property
    def question(self) -> str:
        """What is to be answered where a reason is required; empty when none is."""
        why = ", and ".join(self.reasons)
        return f"Say why {self.version.reference} shall hold {self.alias}: {why}." if why else ""

    @property
    def checks(self) -> list[str]:
        """Sentences on the checks that fired, and that nobody muted."""
        return [f"Check {check.code}: {check.sentence}" for check in open_checks(self.version)]

    @property
    def reasons(self) -> list[str]:
        """Why a reason is required; empty when none is."""
        if not (is_protected(self.alias) and self.is_change):
            return []
        return [*self._reasons_by_comparison(), *(f"check {check.code} fired" for check in open_checks(self.version))]

    def _reasons_by_comparison(self) -> list[str]:
        """None where no other version holds the alias."""
        found: list[str] = []
        if self.comparison is None:
            return found
        if worse := self.comparison.worse_metrics:
            found.append(f"it is worse than {self.comparison.other.reference} by {', '.join(worse)}")
        if self.comparison.basis == Basis.SAME_ROWS and is_below(self.version, self.comparison.other):
            metric = self.version.registered_model.primary_metric
            found.append(
                f"its {metric} is below that of {self.comparison.other.reference}, and whether that is chance was not "
                "measured"
            )
        if self.comparison.basis == Basis.OTHER_ROWS:
            found.append(f"it was not measured on the rows of {self.comparison.other.reference}")
        if self.comparison.basis == Basis.OTHER_WEIGHTS:
            found.append(f"its metrics weigh the rows otherwise than those of {self.comparison.other.reference}")
        if self.breaks_consumers:
            found.append("who uses the alias must give other columns")
        return found


def review_promotion(*, version: ModelVersion, alias: str) -> ChangeReview:
    """What promoting the version would change, whether or not it may be promoted now. Changes nothing.

    Raises InvalidReference for what can't be the name of an alias.
    """
    check_alias(alias)
    return _review(version, alias)


def review_rollback(*, name: str, alias: str) -> ChangeReview:
    """What a rollback would change: where it leads is what promote() would be asked for. Raises NotFound."""
    return _review(find_rollback(get_registered_model(name), alias), alias)


def roll_back_reviewed(*, review: ChangeReview, actor: str, reason: str = "") -> AliasChange:
    """roll_back(), as it was shown: of two people who roll back at once, the second goes no further than the first.

    Raises InvalidRequest when the change takes a reason and none is given, and NotReady when it leads elsewhere by now.
    """
    require_reason(review, reason)
    name = review.version.registered_model.name
    return roll_back(name=name, alias=review.alias, actor=actor, reason=reason, to=review.version)


def promote_reviewed(*, reference: str, alias: str, actor: str, reason: str = "") -> AliasChange:
    """promote(), after the review. Raises InvalidRequest when the change takes a reason and none is given."""
    review = review_promotion(version=get_model_version(reference), alias=alias)
    if why := why_not_promoted_by(review.version, alias, actor):  # no reason would help
        raise NotPermitted(why)
    require_reason(review, reason)
    return promote(reference=review.version.reference, alias=alias, actor=actor, reason=reason)


def require_reason(review: ChangeReview, reason: str) -> None:
    """Raises InvalidRequest that says why one is needed."""
    if review.question and not reason.strip():
        raise InvalidRequest(f"`reason`: {review.question[0].lower()}{review.question[1:]}")


def review_change(*, version: ModelVersion, previous: ModelVersion | None, alias: str) -> ChangeReview:
    """What the version changes for those who use `previous`, which holds the alias. Two queries at most."""
    if previous is None or previous.pk == version.pk:
        return ChangeReview(alias, version, previous)
    new, gone, retyped = compare_columns(previous.signature, version.signature)
    return ChangeReview(
        alias,
        version,
        previous,
        comparison=compare_versions(version, previous),
        columns=[*new, *retyped, *gone],
        libraries=_compare_libraries(previous.environment, version.environment),
        data=_compare_data(previous, version),
        breaks_consumers=bool(new or retyped),
    )


def _review(version: ModelVersion, alias: str) -> ChangeReview:
    aliases = Alias.objects.select_related("model_version__registered_model", "model_version__dataset_version__dataset")
    holder = aliases.filter(registered_model=version.registered_model, name=alias).first()
    return review_change(version=version, previous=holder.model_version if holder else None, alias=alias)


def compare_columns(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[list[str], list[str], list[str]]:
    """Of two signatures: sentences on columns that are newly required, no longer used, and of another type."""
    old, new = ({column["name"]: column["type"] for column in each.get("inputs", [])} for each in (before, after))
    required = [f"Column {name!r} ({kind}) is newly required." for name, kind in new.items() if name not in old]
    gone = [f"Column {name!r} is no longer used." for name in old if name not in new]
    retyped = [
        f"Column {name!r} was {old[name]} and is {kind}." for name, kind in new.items() if old.get(name, kind) != kind
    ]
    return required, gone, retyped


def _compare_libraries(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Sentences on libraries that the version needs and the one before did not, or in another minor version."""
    old, new = (each.get("versions", {}) for each in (before, after))
    changes = [f"{name} {version} is newly needed." for name, version in new.items() if name not in old]
    return changes + [
        f"{name} was {old[name]} and is {version}."
        for name, version in new.items()
        if name in old and _minor(old[name]) != _minor(version)
    ]


def _minor(version: object) -> list[str]:
    return str(version).split(".")[:2]


def _compare_data(before: ModelVersion, after: ModelVersion) -> list[str]:
    """Sentences on what the two were trained on, and how that moved."""
    old, new = (version.dataset_reference or "data that the catalog does not know" for version in (before, after))
    if old == new:
        return [f"Trained on {new}, as the one before."]
    first = f"Trained on {new}; the one before on {old}."
    if before.dataset_version is None or after.dataset_version is None:
        return [first]
    features = {column["name"] for column in after.signature.get("inputs", [])}
    drift = describe_drift(before.dataset_version, after.dataset_version, target=after.target, features=features)
    return [first, *drift]
