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
    claims = _read_claims(file, detected, trusted, limits)
    if claims["untrusted"] and detected.family is Family.SKOPS and approved is not None:
        unseen = sorted(set(claims["untrusted"]) - set(approved))
        if unseen:
            raise InvalidArtifact(
                f"it needs types that were not shown for approval: {', '.join(unseen)}. Add it again."
            )
    if approved is None and (claims["untrusted"] or detected.family is Family.PICKLE):
        claims["task"] = _task_by_name(claims["named"]) or ("classification" if claims["classes"] else "")
        return {"inspection": _without_names(claims), "signature": None}
    return _load_and_describe(file, claims, [*trusted, *(approved or ())], described)


def _read_claims(file: IO[bytes], detected: Detected, trusted: Sequence[str], limits: Limits) -> dict[str, Any]:
    """All that is known without loading."""
    claims: dict[str, Any] = {"compression": detected.compression, "skops_version": "", "feature_names": None}
    claims |= {
        "modules": [],
        "n_features": None,
        "classes": None,
        "types": [],
        "untrusted": [],
        "trees": 0,
        "members": 1,
        "notes": [],
    }
    if detected.family is Family.SKOPS:
        claims |= {"format": ArtifactFormat.SKOPS, **check_archive(file, limits)}
        from catalog.ml.artifacts.inspection.skops_files import read_schema_claims, types_beyond_skops

        types = types_beyond_skops(file)
        claims |= {**read_schema_claims(file), "types": types, "untrusted": sorted(set(types) - set(trusted))}
        claims["named"] = [claims.pop("last_step")]
    else:
        from catalog.ml.artifacts.inspection.pickles import read_pickle_claims

        claims |= read_pickle_claims(file, detected.compression, limits)
        estimators = (name for name in claims["named"] if not name.startswith(("numpy.", "joblib.", "builtins.")))
        claims["estimator"] = next(estimators, "")
    return claims


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


def _load_and_describe(
    file: IO[bytes], claims: dict[str, Any], trusted: list[str], described: dict[str, Any]
) -> dict[str, Any]:
    from catalog.ml.artifacts.inspection.estimator import describe_estimator
    from catalog.ml.artifacts.inspection.trees import check_trees
    from catalog.ml.artifacts.serialization import load

    file.seek(0)
    trained_with = {"scikit-learn": claims["sklearn_version"]} if claims["sklearn_version"] else {}
    estimator = load(
        file,
        artifact_format=claims["format"],
        trusted=[*trusted, *VALIDATED_TYPES],
        described="the file",
        trained_with=trained_with,
    )
    claims["trees"] = check_trees(estimator)
    facts, signature = describe_estimator(estimator, **described)
    return {"inspection": _without_names({**claims, **facts}), "signature": signature}


def _without_names(claims: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in claims.items() if name != "named"}
