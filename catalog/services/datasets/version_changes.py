"""What changed from an earlier version of a dataset to a later one, by what is recorded of both."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.exceptions import NotFound, counted
from catalog.ml.tables.profiling.profile_changes import ColumnChange, compare_profiles
from catalog.models import Dataset, DatasetVersion, ModelVersion

# Of the versions that were trained on the dataset, the newest are asked for their targets.
ASKED_VERSIONS = 200
MOVED, MOVED_NAMED, SHARES_NAMED = 0.1, 3, 4
MEASURE = "Jensen–Shannon distance, from 0 to 1"


@dataclass(frozen=True)
class VersionChanges:
    """`facts` are sentences on schema and rows; `targets` and `columns`, what moved most first, are of the columns that
    both have with one type."""

    before: DatasetVersion
    after: DatasetVersion
    facts: Sequence[str]
    targets: Sequence[ColumnChange]
    columns: Sequence[ColumnChange]

    def as_json(self) -> dict[str, Any]:
        """What programs are told; the distances are Jensen–Shannon's, `missing` parts of the rows."""
        columns = [
            {
                "name": column.name,
                "distance": column.distance,
                "missing": list(column.missing),
                "mean": list(column.mean),
                "came": list(column.came),
                "went": list(column.went),
            }
            for column in self.columns
        ]
        targets = [column.name for column in self.targets]
        return {"since": self.before.reference, "facts": list(self.facts), "targets": targets, "columns": columns}


def earlier_numbers(version: DatasetVersion, *, most: int) -> list[int]:
    """Of the versions that it can be compared with, the newest first."""
    earlier = DatasetVersion.objects.ready().filter(dataset=version.dataset, number__lt=version.number)
    return list(earlier.order_by("-number").values_list("number", flat=True)[:most])


def changes_since(version: DatasetVersion, number: int | None = None) -> VersionChanges | None:
    """Since the earlier version of this number, or the one before; None where there is none.

    Raises NotFound for a number of no earlier version that is ready.
    """
    earlier = DatasetVersion.objects.ready().filter(dataset=version.dataset, number__lt=version.number)
    chosen = earlier if number is None else earlier.filter(number=number)
    before = chosen.defer("first_rows").order_by("-number").first()
    if before is None and number is None:
        return None
    if before is None:
        raise NotFound(f"{version.dataset.name} has no version {number} that is ready and older than {version.number}.")
    changes = _compare_columns(before, version)
    names = _target_names(version.dataset)
    targets = [change for change in changes if change.name in names]
    return VersionChanges(before, version, _facts(before, version), targets, changes)


def describe_drift(
    before: DatasetVersion, after: DatasetVersion, *, target: str, features: Collection[str]
) -> list[str]:
    """Sentences on how the target and the features moved between two dataset versions, of one dataset or of two."""
    changes = _compare_columns(before, after)
    found = [sentence for change in changes if change.name == target for sentence in _target_moved(change)]
    moved = [change for change in changes if change.name in features and change.distance >= MOVED]
    if not moved:
        is_known = any(change.name in features for change in changes)
        return [*found, f"None of its columns moved by {MOVED} or more ({MEASURE})."] if is_known else found
    named = ", ".join(f"{change.name} {change.distance:.2f}" for change in moved[:MOVED_NAMED])
    more = f" and {len(moved) - MOVED_NAMED} more" if len(moved) > MOVED_NAMED else ""
    return [*found, f"Columns that moved: {named}{more} ({MEASURE})."]


def _target_moved(change: ColumnChange) -> list[str]:
    if change.is_of_labels:
        shares = [f"{share.label} {share.before:.1%} → {share.after:.1%}" for share in change.shares[:SHARES_NAMED]]
    else:
        shares = [f"mean {before:.4g} → {after:.4g}" for before, after in [change.mean] if None not in (before, after)]
    return [f"The target {change.name!r}: {', '.join(shares)}."] if change.distance and shares else []


def _compare_columns(before: DatasetVersion, after: DatasetVersion) -> list[ColumnChange]:
    """Those that both have with one type, what moved most first."""
    profiles = {column["name"]: column for column in before.profile}
    changes = [
        compare_profiles(profiles[column["name"]], column)
        for column in after.profile
        if column["name"] in profiles and profiles[column["name"]]["type"] == column["type"]
    ]
    return sorted(changes, key=lambda change: -change.distance)


def _target_names(dataset: Dataset) -> set[str]:
    """What models that were trained on it predict."""
    trained = ModelVersion.objects.filter(dataset_version__dataset=dataset).order_by("-pk")
    return set(trained.values_list("target", flat=True)[:ASKED_VERSIONS])


def _facts(before: DatasetVersion, after: DatasetVersion) -> list[str]:
    old = {column["name"]: column["type"] for column in before.schema}
    new = {column["name"]: column["type"] for column in after.schema}
    facts = [f"Column {name} is new ({kind})." for name, kind in new.items() if name not in old]
    facts += [f"Column {name} is gone." for name in old if name not in new]
    facts += [
        f"Column {name} was {old[name]} and is {kind}." for name, kind in new.items() if old.get(name, kind) != kind
    ]
    if before.row_count != after.row_count:
        facts.append(f"{counted(before.row_count, 'row')} became {after.row_count:,}.")
    return facts
