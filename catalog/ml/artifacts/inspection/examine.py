"""What the limited process does with a model's file: look at it, and load it when all of its types are trusted."""

from collections.abc import Sequence
from typing import IO, Any

from catalog.exceptions import InvalidArtifact
from catalog.ml.artifacts.artifact_formats import VALIDATED_TYPES, ArtifactFormat, Detected, Family
from catalog.ml.artifacts.inspection.archives import check_archive
from catalog.ml.artifacts.inspection.limits import Limits


def examine(
    file: IO[bytes],
    *,
    name: str,
    family: str,
    compression: str,
    trusted: Sequence[str],
    approved: Sequence[str] | None,
    described: dict[str, Any],
    limits: Limits,
) -> dict[str, Any]:
    """`inspection` as the version records it, and `signature`, None unless the file could be loaded.

    `approved` are the types that a person approved beyond the `trusted`; None as long as nobody has approved the
    file. `described` holds columns, target and task as the uploader gave them. Raises InvalidArtifact.
    """
    detected = Detected(Family(family), compression)
    found = _look(file, detected, trusted, limits)
    if found["untrusted"] and detected.family is Family.SKOPS and approved is not None:
        unseen = sorted(set(found["untrusted"]) - set(approved))
        if unseen:
            raise InvalidArtifact(
                f"it needs types that were not shown for approval: {', '.join(unseen)}. Add it again."
            )
    if approved is None and (found["untrusted"] or detected.family is Family.PICKLE):
        found["task"] = _task_by_name(found["named"]) or ("classification" if found["classes"] else "")
        return {"inspection": _public(found), "signature": None}
    return _loaded(file, found, [*trusted, *(approved or ())], described)


def _look(file: IO[bytes], detected: Detected, trusted: Sequence[str], limits: Limits) -> dict[str, Any]:
    """All that is known without loading."""
    found: dict[str, Any] = {"compression": detected.compression, "skops_version": "", "feature_names": None}
    found |= {"n_features": None, "classes": None, "types": [], "untrusted": [], "trees": 0, "members": 1, "notes": []}
    if detected.family is Family.SKOPS:
        found |= {"format": ArtifactFormat.SKOPS, **check_archive(file, limits)}
        from catalog.ml.artifacts.inspection.skops_files import said_by_schema, types_beyond_skops

        types = types_beyond_skops(file)
        found |= {**said_by_schema(file), "types": types, "untrusted": sorted(set(types) - set(trusted))}
        found["named"] = [found.pop("last_step")]
    else:
        from catalog.ml.artifacts.inspection.pickles import said_by_pickle

        found |= said_by_pickle(file, detected.compression, limits)
        own = (name for name in found["named"] if not name.startswith(("numpy.", "joblib.", "builtins.")))
        found["estimator"] = next(own, "")
    return found


def _task_by_name(classes: Sequence[str]) -> str:
    """The task of the first of scikit-learn's classifiers and regressors that is named: the outermost one."""
    from sklearn.utils import all_estimators

    tasks = {
        name: task
        for task, kind in (("classification", "classifier"), ("regression", "regressor"))
        for name, _ in all_estimators(type_filter=kind)
    }
    names = (path.rpartition(".")[2] for path in classes)
    return next((tasks[name] for name in names if name in tasks), "")


def _loaded(file: IO[bytes], found: dict[str, Any], trusted: list[str], described: dict[str, Any]) -> dict[str, Any]:
    from catalog.ml.artifacts.inspection.estimator import describe_estimator
    from catalog.ml.artifacts.inspection.trees import check_trees
    from catalog.ml.artifacts.serialization import load

    file.seek(0)
    trained_with = {"scikit-learn": found["sklearn_version"]} if found["sklearn_version"] else {}
    estimator = load(
        file,
        artifact_format=found["format"],
        trusted=[*trusted, *VALIDATED_TYPES],
        described="the file",
        trained_with=trained_with,
    )
    found["trees"] = check_trees(estimator)
    facts, signature = describe_estimator(estimator, **described)
    return {"inspection": _public({**found, **facts}), "signature": signature}


def _public(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name != "named"}
