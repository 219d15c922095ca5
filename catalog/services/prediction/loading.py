"""From a reference to a loaded estimator: fetched once, verified, compared with the environment, then opened."""

import threading
from collections import OrderedDict
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Union

from catalog.conf import catalog_settings
from catalog.exceptions import LoadFailed, NotPermitted, NotReady
from catalog.ml.artifacts.artifact_formats import PICKLES, VALIDATED_TYPES
from catalog.ml.artifacts.code_copies import compare_code, describe_copies, imported_copies
from catalog.ml.artifacts.environment import compare
from catalog.progress import Progress
from catalog.services.persistence.published_versions import PublishedVersion
from catalog.services.persistence.verified import open_verified

if TYPE_CHECKING:
    from catalog.models import ModelVersion

LOADED_MODELS = 4
READY, UPLOADED = "READY", "UPLOADED"  # as catalog.models.ModelVersion has them
LoadableVersion = Union["ModelVersion", PublishedVersion]


@dataclass(frozen=True)
class LoadedVersion:
    estimator: Any
    warnings: list[str] = field(default_factory=list)


def load_version(
    version: LoadableVersion,
    *,
    allow_version_mismatch: bool = False,
    code_from_version: bool = False,
    progress: Progress | None = None,
) -> LoadedVersion:
    """The estimator of a READY version; with `code_from_version` it is loaded with the copies of its own modules.

    Raises NotReady, NotPermitted, EnvironmentMismatch, DigestMismatch, StorageError, InvalidArtifact or LoadFailed.
    """
    progress = progress or Progress()
    check_loadable(version)
    check_code_permitted(code_from_version)
    described, trained_with = _describe(version), version.environment.get("versions", {})
    warnings = compare_here(version, allow_version_mismatch=allow_version_mismatch, code_from_version=code_from_version)
    imports: AbstractContextManager[None] = nullcontext()
    if code_from_version:
        imports = imported_copies(version.code, described=described)
    with open_verified(version, progress) as cached, progress.step("load"), imports:
        from catalog.ml.artifacts import serialization

        estimator = serialization.load(
            cached.handle,
            described=described,
            trained_with=trained_with,
            artifact_format=version.artifact_format,
            trusted=_trusted_types(version),
        )
        return LoadedVersion(estimator, warnings)


def compare_here(
    version: LoadableVersion,
    *,
    allow_version_mismatch: bool = False,
    code_from_version: bool = False,
    offers_copies: bool = True,
) -> list[str]:
    """Warnings about libraries and modules that are others here than those that the version was made with.

    `offers_copies` where the copies of its modules could be loaded instead. Raises EnvironmentMismatch for those that
    are missing, or too different.
    """
    described = _describe(version)
    warnings = compare(
        version.environment, reference=version.reference, described=described, allow_mismatch=allow_version_mismatch
    )
    if code_from_version:
        return [*warnings, *describe_copies(version.code, described=described)]
    return [*warnings, *compare_code(version.code, described=described, offers_copies=offers_copies)]


def _describe(version: LoadableVersion) -> str:
    return f"{version.reference} (sha256 {version.sha256[:12]})"


def check_code_permitted(code_from_version: bool) -> None:
    """Raises NotPermitted when code that is kept with versions is asked for, and may not run here."""
    if code_from_version and not catalog_settings().allow_code_from_versions:
        raise NotPermitted(
            "`code_from_version`: CATALOG_ALLOW_CODE_FROM_VERSIONS is off, because it runs code from the catalog. "
            "Turn it on if you trust whoever trained the version, or put the module where Python finds it."
        )


def check_loadable(version: LoadableVersion) -> None:
    """Raises NotReady or NotPermitted for a version whose file may not be opened, whatever is in it."""
    if version.state != READY:
        raise NotReady(f"{version.reference} is {version.state}: only a version that is READY can be loaded.")
    if version.origin != UPLOADED:
        return
    if version.approved_sha256 != version.sha256:
        raise NotPermitted(
            f"{version.reference} was approved for the SHA-256 {version.approved_sha256[:12] or '(none)'}, and the "
            f"catalog records {version.sha256[:12]}: the approval is void. Add the file again."
        )
    if version.artifact_format in PICKLES and not catalog_settings().allow_pickle_uploads:
        raise NotPermitted(
            f"{version.reference} is an uploaded {version.artifact_format} file, and CATALOG_ALLOW_PICKLE_UPLOADS is "
            "off: loading it would run code from the file."
        )


def _trusted_types(version: LoadableVersion) -> list[str]:
    """Beyond skops' own: those of an upload were compared and approved, those of a training recorded."""
    if version.origin != UPLOADED:
        return list(version.approved_types) if version.approved_sha256 == version.sha256 else []
    return [*catalog_settings().trusted_types, *version.approved_types, *VALIDATED_TYPES]


class _ModelCache:
    """The estimators that this process loaded last, by digest; each is loaded by one thread while the others wait."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.loading: dict[str, threading.Lock] = {}
        self.estimators: OrderedDict[str, Any] = OrderedDict()

    def get(self, version: LoadableVersion, allow_version_mismatch: bool, code_from_version: bool = False) -> Any:
        check_loadable(version)
        check_code_permitted(code_from_version)
        types = " ".join(sorted(_trusted_types(version)))
        key = f"{version.sha256} {version.artifact_format} {allow_version_mismatch} {code_from_version} {types}"
        with self.lock:
            loading = self.loading.setdefault(key, threading.Lock())
        with loading:
            with self.lock:
                if key in self.estimators:
                    self.estimators.move_to_end(key)
                    return self.estimators[key]
            estimator = load_version(
                version, allow_version_mismatch=allow_version_mismatch, code_from_version=code_from_version
            ).estimator
            with self.lock:
                self.estimators[key] = estimator
                while len(self.estimators) > LOADED_MODELS:
                    dropped, _ = self.estimators.popitem(last=False)
                    self.loading.pop(dropped, None)
            return estimator


_model_cache = _ModelCache()


def load_cached(
    version: LoadableVersion, *, allow_version_mismatch: bool = False, code_from_version: bool = False
) -> Any:
    """The estimator of a READY version, loaded once for this process, whichever thread asks."""
    return _model_cache.get(version, allow_version_mismatch, code_from_version)


def try_on_sample(version: LoadableVersion, estimator: Any) -> None:
    """Raises LoadFailed when the rows that were kept with the version are predicted otherwise than in training."""
    if "sample" not in version.report:
        return
    from catalog.ml.evaluation.replay import unlike_predictions

    different = unlike_predictions(
        estimator, version.signature, version.report["sample"], version.environment.get("versions", {})
    )
    if different:
        raise LoadFailed(f"{version.reference} does not predict as in training: {different}.")
