"""Fitted estimators as files: joblib, skops or pickle, each read as what the catalog recorded and never as another."""

import pickle
import warnings
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import joblib

from catalog.exceptions import InvalidArtifact, LoadFailed, TrainingFailed
from catalog.ml.artifacts.artifact_formats import ArtifactFormat
from catalog.ml.artifacts.environment import COMPARED, installed_versions, versions_text


def dump(estimator: Any, path: Path, artifact_format: str = ArtifactFormat.JOBLIB) -> list[str]:
    """Write the estimator, and return the types that loading it takes beyond skops' own; none for joblib.

    Both compress with zlib at level 3: a fifth of a raw forest's size, for 0.3 s more at loading. Raises TrainingFailed
    for what can't be kept.
    """
    if artifact_format == ArtifactFormat.JOBLIB:
        with _storing(estimator, unsupported_by_pickle):
            joblib.dump(estimator, path, compress=("zlib", 3))
        return []
    import skops.io

    with _storing(estimator, unsupported_by_skops):
        skops.io.dump(estimator, path, compression=zipfile.ZIP_DEFLATED, compresslevel=3)
        needed = [str(name) for name in skops.io.get_untrusted_types(file=path)]
        skops.io.load(path, trusted=needed)
    return needed


@contextmanager
def _storing(estimator: Any, explain: Callable[[Any, Exception], str]) -> Iterator[None]:
    """What the estimator's parts raise is its fault, and a disk that is full is not."""
    try:
        yield
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise TrainingFailed(explain(estimator, error)) from error


def check_serializable(estimator: Any, artifact_format: str) -> None:
    """Raises TrainingFailed when the unfitted estimator can't be written, or by skops not be read back: before time is
    spent."""
    if error := _pickling_error(estimator):
        raise TrainingFailed(unsupported_by_pickle(estimator, error)) from error
    if artifact_format != ArtifactFormat.SKOPS:
        return
    import skops.io

    try:
        written = skops.io.dumps(estimator)
        skops.io.loads(written, trusted=skops.io.get_untrusted_types(data=written))
    except Exception as error:  # as above
        raise TrainingFailed(unsupported_by_skops(estimator, error)) from error


def unsupported_by_pickle(estimator: Any, error: Exception) -> str:
    """One line, with the name of the parameter that is to blame where one is."""
    parameters = estimator.get_params() if hasattr(estimator, "get_params") else {}
    blamed = [name for name, value in parameters.items() if _pickling_error(value)]
    # Of a pipeline's list of steps, a step and the step's own parameter, the last.
    blamed.sort(key=lambda name: (name.count("__"), not isinstance(parameters[name], list)), reverse=True)
    lines = str(error).strip().splitlines() or [""]
    return (
        f"This {type(estimator).__name__} can't be stored{f', for its parameter {blamed[0]!r}' if blamed else ''} "
        f"({type(error).__name__}: {lines[0][:200]}). Functions and classes must stand at the top of a module, and "
        "files be opened where they are read."
    )


def _pickling_error(value: Any) -> Exception | None:
    try:
        pickle.dumps(value)
    except Exception as error:  # as above
        return error
    return None


def unsupported_by_skops(estimator: Any, error: BaseException) -> str:
    lines = str(error).strip().splitlines() or [""]
    return (
        f"`artifact_format` skops: skops can't keep this {type(estimator).__name__} "
        f"({type(error).__name__}: {lines[0][:200]}). "
        "Use `artifact_format` joblib."
    )


def load(
    file: IO[bytes],
    *,
    described: str,
    trained_with: dict[str, str],
    artifact_format: str = ArtifactFormat.JOBLIB,
    trusted: Sequence[str] = (),
) -> Any:
    """The estimator in the open file, whose digest the caller has verified: a pickle runs what it says when loaded.

    `trusted` are types beyond skops' own. Raises LoadFailed, naming the versions it was trained with and those that
    run, and InvalidArtifact when a skops file needs types beyond the trusted.
    """
    from sklearn.exceptions import InconsistentVersionWarning

    try:
        with warnings.catch_warnings():
            # The catalog compares versions itself, before the file is opened.
            warnings.simplefilter("ignore", InconsistentVersionWarning)
            return _read(file, artifact_format, trusted)
    except InvalidArtifact as error:
        raise InvalidArtifact(f"{described} {error}") from error
    except Exception as error:  # a pickle may raise anything at all
        trained = (
            f"Trained with {versions_text(trained_with)}" if trained_with else "What it was trained with is not known"
        )
        lines = str(error).strip().splitlines() or [""]
        raise LoadFailed(
            f"{described} can't be loaded here: {type(error).__name__}: {lines[0][:300]}. {trained}; "
            f"running {versions_text(installed_versions(['python', *COMPARED, *trained_with]))}."
        ) from error


def _read(file: IO[bytes], artifact_format: str, trusted: Sequence[str]) -> Any:
    if artifact_format == ArtifactFormat.JOBLIB:
        return joblib.load(file)
    if artifact_format == ArtifactFormat.PICKLE:
        return pickle.load(file)
    import skops.io
    from skops.io.exceptions import UntrustedTypesFoundException

    try:
        return skops.io.load(file, trusted=list(trusted))
    except UntrustedTypesFoundException as error:
        needed = set(skops.io.get_untrusted_types(file=file)) - set(trusted)
        raise InvalidArtifact(f"needs types that are not trusted: {', '.join(sorted(needed))}.") from error
