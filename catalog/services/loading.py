"""From a reference to a loaded estimator: fetched once, verified, compared with the environment, then opened."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from catalog.models import ModelVersion
from catalog.progress import Progress
from catalog.services.fetching import open_verified
from catalog.services.references import get_model_version

LOADED_MODELS = 4


@dataclass(frozen=True)
class LoadedVersion:
    estimator: Any
    warnings: list[str] = field(default_factory=list)


def load_version(
    version: ModelVersion, *, allow_version_mismatch: bool = False, progress: Progress | None = None
) -> LoadedVersion:
    """The estimator of a READY version. Raises EnvironmentMismatch, DigestMismatch, StorageError or LoadFailed."""
    from catalog.ml.environment import compare

    progress = progress or Progress()
    described = f"{version.reference} (sha256 {version.sha256[:12]})"
    trained_with = version.environment["versions"]
    warnings = compare(trained_with, described=described, allow_mismatch=allow_version_mismatch)

    with open_verified(version, progress) as cached, progress.step("load"):
        from catalog.ml import artifacts

        return LoadedVersion(artifacts.load(cached.handle, described=described, trained_with=trained_with), warnings)


class _LoadedModels:
    """The estimators that this process loaded last, by digest; each is loaded by one thread while the others wait."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.loading: dict[str, threading.Lock] = {}
        self.estimators: OrderedDict[str, Any] = OrderedDict()

    def get(self, version: ModelVersion, allow_version_mismatch: bool) -> Any:
        key = f"{version.sha256} {allow_version_mismatch}"
        with self.lock:
            own = self.loading.setdefault(key, threading.Lock())
        with own:
            with self.lock:
                if key in self.estimators:
                    self.estimators.move_to_end(key)
                    return self.estimators[key]
            estimator = load_version(version, allow_version_mismatch=allow_version_mismatch).estimator
            with self.lock:
                self.estimators[key] = estimator
                while len(self.estimators) > LOADED_MODELS:
                    dropped, _ = self.estimators.popitem(last=False)
                    self.loading.pop(dropped, None)
            return estimator


_loaded_models = _LoadedModels()


def load_model(*, reference: str, allow_version_mismatch: bool = False) -> Any:
    """The estimator that `reference` names now, loaded once for this process."""
    return _loaded_models.get(get_model_version(reference), allow_version_mismatch)
