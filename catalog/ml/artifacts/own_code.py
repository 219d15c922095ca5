"""Code of one's own: the modules outside installed packages that an artifact refers to, as they were when it was made.

Each is recorded with its text, by digest, so that another machine can be compared with it, and can have it back.
"""

import ast
import hashlib
import importlib.util
import os
import site
import sys
import sysconfig
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from importlib.machinery import PathFinder
from importlib.metadata import distribution, packages_distributions
from pathlib import Path
from types import ModuleType
from typing import Any

from catalog.ml.artifacts.revisions import file_revision

# The catalog's own: its version stands apart, and nothing of it is ever inside an artifact.
NOT_RECORDED = ("catalog", "s3site", "__main__", "__mp_main__")
MOST_BYTES = 1024 * 1024


def record_code(modules: Collection[str], maker: str = "", *, secret: str = "") -> dict[str, Any]:
    """What a version records of its own code, in JSON; empty when there is none.

    `modules` are those that the artifact refers to. With them come those that they import, so that the copies can be
    imported without anything else. `maker` is the module of the callable that made the pipeline: it is recorded too,
    and is not needed to load what it made. The module `secret` is left out, whoever imports it.
    """
    needed = set(_with_imports(modules)) - {secret}
    recorded: dict[str, Any] = {}
    room = MOST_BYTES
    for name in sorted({*needed, *_with_imports([maker] if maker else [])} - {secret}):
        path = _own_file(sys.modules[name])
        content = path.read_bytes()
        text = _text(content) if len(content) <= room else None
        room -= len(content) if text is not None else 0
        recorded[name] = {
            "file": path.name,
            "sha256": hashlib.sha256(content).hexdigest(),
            "text": text,
            "is_package": hasattr(sys.modules[name], "__path__"),
            "needed": name in needed,
            "revision": file_revision(path),
        }
    return {"modules": recorded, "revision": _revision(recorded, maker)} if recorded else {}


def find_own(modules: Iterable[str]) -> list[str]:
    """Those of one's own among the modules, and what they import of one's own, by name."""
    return sorted(_with_imports(modules))


def _revision(recorded: Mapping[str, Any], maker: str) -> str:
    """The commit of the maker's repository, or of the first module's that stands in one; `-dirty` when one of its
    modules is not as committed."""
    revisions = [module["revision"] for name, module in sorted(recorded.items(), key=lambda item: item[0] != maker)]
    commits = [revision.removesuffix("-dirty") for revision in revisions if revision]
    if not commits:
        return ""
    return f"{commits[0]}-dirty" if f"{commits[0]}-dirty" in revisions else commits[0]


def _text(content: bytes) -> str | None:
    try:
        return content.decode()
    except UnicodeDecodeError:  # a module of C, or one in another encoding: it is known by its digest alone
        return None


def _with_imports(modules: Iterable[str]) -> Iterator[str]:
    """Those of one's own among the modules, their packages, and what they import of one's own."""
    waiting, seen = list(modules), set()
    while waiting:
        name = _named_by_file(waiting.pop())
        module = sys.modules.get(name)
        if name in seen or not isinstance(module, ModuleType) or not _is_own(name, module):
            continue
        seen.add(name)
        yield name
        waiting += [name.rpartition(".")[0], *_imports(module)]


def _is_own(name: str, module: ModuleType) -> bool:
    top = name.partition(".")[0]
    file = getattr(module, "__file__", None)
    if top in NOT_RECORDED or not file:
        return False
    path = Path(file).resolve()
    return path.is_file() and not _is_installed(path, top)


def _is_installed(path: Path, top: str) -> bool:
    """Whether it is the standard library's or a distribution's, wherever that lies; what is installed as editable is
    one's own: its distribution has no such file."""
    return str(path).startswith(_installed_folders()) or str(path).startswith(_distributed_paths(top))


def _named_by_file(name: str) -> str:
    """The module's name, or that of the compiled one that makes it, when it has no file of its own."""
    parent = name.rpartition(".")[0]
    file, parents_file = (getattr(sys.modules.get(module), "__file__", None) for module in (name, parent))
    return _named_by_file(parent) if file and file == parents_file else name


@cache
def _installed_folders() -> tuple[str, ...]:
    """Where the standard library and installed packages lie, with a separator at the end."""
    paths = sysconfig.get_paths()
    folders = [paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    folders += [*site.getsitepackages(), site.getusersitepackages()]
    return tuple({f"{Path(folder).resolve()}{os.sep}" for folder in folders})


@cache
def _distributed_paths(top: str) -> tuple[str, ...]:
    """How the paths of a module of that name begin where a distribution has put it: as a folder, or as a file."""
    places = [distribution(name).locate_file(top) for name in packages_distributions().get(top, ())]
    return tuple(f"{Path(str(place)).resolve()}{end}" for place in places for end in (os.sep, "."))


def _own_file(module: ModuleType) -> Path:
    return Path(str(module.__file__)).resolve()


def _imports(module: ModuleType) -> set[str]:
    """The full names that the module's text imports, wherever in it: modules, and what may be one."""
    try:
        tree = ast.parse(_own_file(module).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return set()
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = _imported_from(node, module)
            names |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
    return names


def _imported_from(node: ast.ImportFrom, module: ModuleType) -> str:
    relative = "." * node.level + (node.module or "")
    try:
        return importlib.util.resolve_name(relative, module.__package__ or "")
    except ImportError:
        return ""


def find_source(name: str) -> Path | None:
    """The file that importing the module would read here; None when there is none. Nothing is imported."""
    if (module := sys.modules.get(name)) is not None:
        file = getattr(module, "__file__", None)
        return Path(file) if file else None
    top, *rest = name.split(".")
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return None
    for part in rest:
        if spec is None:
            return None
        spec = PathFinder.find_spec(f"{spec.name}.{part}", spec.submodule_search_locations or [])
    return Path(spec.origin) if spec and spec.origin and Path(spec.origin).is_file() else None
