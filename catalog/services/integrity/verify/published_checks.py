"""Whether applications without a database are told what the database says of each alias."""

from collections.abc import Mapping
from typing import Any

from catalog.models import ModelVersion, UnstoredManifest
from catalog.services.integrity.alias_history import latest_moves
from catalog.services.integrity.check_run import CheckRun
from catalog.services.integrity.findings import Finding, FindingKind, Repair, RepairAction
from catalog.services.integrity.object_reader import ReadManifest
from catalog.services.integrity.row_batches import as_json, batched
from catalog.services.persistence.published_versions import DEFAULTS
from catalog.services.persistence.publishing import AliasKey, AliasMove, published_values, versions_of

PUBLISH = "verify_catalog --repair --yes publishes it"
AHEAD = (
    "The database may be an older copy: rebuild_catalog brings back what it lacks. If not, somebody else wrote it: "
    "delete it by hand, and --repair --yes publishes it anew"
)


def check_published(run: CheckRun) -> None:
    """Each alias that ever was. What differs is looked at again, for others may be promoting."""
    for batch in batched(latest_moves().items()):
        differing = _differing(run, dict(batch))
        if differing:
            present = latest_moves()
            differing = _differing(run, {key: present[key] for key in differing if key in present})
        waiting = _waiting(differing)
        run.verified.findings += [finding for key, finding in differing.items() if key.published_key not in waiting]
        run.belongs(key.published_key for key, _ in batch)
        run.verified.checked["published aliases"] += len(batch)


def _waiting(keys: Mapping[AliasKey, Finding]) -> set[str]:
    names = [key.published_key for key in keys]
    return set(UnstoredManifest.objects.filter(key__in=names).values_list("key", flat=True)) if names else set()


def _differing(run: CheckRun, moves: Mapping[AliasKey, AliasMove]) -> dict[AliasKey, Finding]:
    read = run.reader.manifests(key.published_key for key in moves)
    versions = versions_of(moves)
    found = {}
    for key, move in moves.items():
        version = versions.get(f"{key.model}:{move.to_value}")
        if finding := _finding(run, key, move, version, read[key.published_key]):
            found[key] = finding
    return found


def _finding(
    run: CheckRun, key: AliasKey, move: AliasMove, version: ModelVersion | None, read: ReadManifest
) -> Finding | None:
    where, uri = f"{key}, published", run.uri(key.published_key)
    repair = Repair(RepairAction.PUBLISH, str(key), key.published_key)
    if read.is_missing:
        what = f"there is no {uri}: applications without a database don't find it"
        return Finding(FindingKind.MANIFEST_MISSING, where, what, PUBLISH, repair) if move.to_value else None
    if read.values is None:
        kind = FindingKind.MANIFEST_UNSIGNED if read.is_unsigned else FindingKind.MANIFEST_ALTERED
        return Finding(kind, where, f"{uri}: {read.problem}", PUBLISH, repair)
    event = read.values.get("event")
    if type(event) is int and event > move.event:
        what = f"it tells of event {event}, and the newest in the database is {move.event}"
        return Finding(FindingKind.MANIFEST_DIFFERS, where, what, AHEAD)
    if version is None and move.to_value:
        return None  # which the check of aliases tells
    what = _difference(read.values, as_json(published_values(key, move, version)))
    return Finding(FindingKind.MANIFEST_DIFFERS, where, what, PUBLISH, repair) if what else None


def _difference(values: Mapping[str, Any], expected: Mapping[str, Any]) -> str:
    """What applications are told otherwise; empty when nothing is. What an older release did not publish counts as what
    applications take it for."""
    if values.get("event") != expected["event"]:
        told, newest = values.get("event"), expected["event"]
        return f"it is stale: it tells of event {told!r:.20}, and the newest is {newest}, to {_target(expected)}"
    if any(values.get(name) != expected[name] for name in ("kind", "model", "alias", "at")):
        return "it is not what the catalog published: it is of something else"
    told, meant = values.get("version"), expected["version"]
    if told is None and meant is None:
        return ""
    if not isinstance(told, dict) or meant is None:
        return f"it is not what the catalog published: the alias leads to {_target(expected)}"
    names = [name for name, value in meant.items() if told.get(name, DEFAULTS.get(name)) != value]
    return f"it is not what the catalog published of {_target(expected)}: {', '.join(names)}" if names else ""


def _target(expected: Mapping[str, Any]) -> str:
    return str(expected["version"]["reference"]) if expected["version"] else "nothing"
