"""The libraries that must be alike on all machines of a cluster, or they would predict differently."""

import hashlib
import platform
from collections.abc import Mapping, Sequence
from importlib import metadata
from typing import Any

COMPARED = ("python", "scikit-learn", "numpy")


def libraries(modules: Sequence[str] = ()) -> dict[str, str]:
    """Version by name, major and minor, of this machine, and those of `modules`, which an estimator needs besides.

    A module of one's own has the beginning of its digest for a version; what can't be imported here has none.
    """
    versions = {name: metadata.version(name) for name in COMPARED if name != "python"}
    versions["python"] = platform.python_version()
    provided = metadata.packages_distributions() if modules else {}
    return {name: _minor(versions[name]) for name in COMPARED} | {name: _module(name, provided) for name in modules}


def needed_modules(estimator: Any) -> list[str]:
    """The packages and the modules of one's own that unpickling the estimator imports, beyond those COMPARED."""
    from catalog.ml.artifacts.artifact_modules import find_modules
    from catalog.ml.artifacts.environment import find_libraries
    from catalog.ml.artifacts.own_code import find_own

    modules = find_modules(estimator)
    return sorted({*find_libraries(modules), *find_own(modules)})


def _module(name: str, provided: Mapping[str, Sequence[str]]) -> str:
    from catalog.ml.artifacts.own_code import find_source

    if name in provided:
        return _minor(metadata.version(provided[name][0]))
    source = find_source(name)
    return hashlib.sha256(source.read_bytes()).hexdigest()[:12] if source else ""


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])
