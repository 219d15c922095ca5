"""Code of one's own on another machine: compared with what was recorded, or imported from the verified copy."""

import hashlib
import importlib.util
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.abc import InspectLoader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import CodeType, ModuleType
from typing import Any

from catalog.exceptions import DigestMismatch, EnvironmentMismatch, InvalidData
from catalog.ml.artifacts.own_code import find_source

OFFER = ", or load the copies that are kept with the version with `code_from_version`, which runs their code"


def compare_code(recorded: Mapping[str, Any], *, described: str, offers_copies: bool = True) -> list[str]:
    """Warnings about modules that are others here than those the version was made with.

    Raises EnvironmentMismatch for one that can't be imported here.
    """
    different, offer = [], OFFER if offers_copies else ""
    for name, module in _needed(recorded).items():
        source = find_source(name)
        if source is None:
            revision = f" of revision {module['revision'][:12]}" if module["revision"] else ""
            raise EnvironmentMismatch(
                f"{described} refers to the module {name}, which can't be imported here. Put its file "
                f"{module['file']}{revision} where Python finds it{offer}."
            )
        if hashlib.sha256(source.read_bytes()).hexdigest() != module["sha256"]:
            different.append(name)
    if not different:
        return []
    modules = f"module{'' if len(different) == 1 else 's'} {', '.join(different)}"
    return [f"{described} was made with another text of the {modules} than is here. Bring that one back{offer}."]


def describe_copies(recorded: Mapping[str, Any], *, described: str) -> list[str]:
    """The warning that is due before code from the version runs; none when it has none."""
    copies = [f"{name} (sha256 {module['sha256'][:12]})" for name, module in _needed(recorded).items()]
    return [f"{described} runs the code that is kept with it: {', '.join(copies)}."] if copies else []


def check_record(recorded: Mapping[str, Any]) -> None:
    """Raises InvalidData unless it is what `record_code` gives, with texts of the digests that it names."""
    try:
        for name, module in recorded.get("modules", {}).items():
            kinds = {"file": str, "sha256": str, "is_package": bool, "needed": bool, "revision": str}
            is_formed = all(isinstance(module[key], kind) for key, kind in kinds.items())
            if not is_formed or (module["text"] is not None and _digest(module["text"]) != module["sha256"]):
                raise InvalidData(f"its copy of the module {name:.80} is not what its digest says")
    except (AttributeError, KeyError, TypeError) as error:
        raise InvalidData("its record of code is not written as the catalog writes it") from error


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _needed(recorded: Mapping[str, Any]) -> dict[str, Any]:
    return {name: module for name, module in recorded.get("modules", {}).items() if module["needed"]}


@contextmanager
def imported_copies(recorded: Mapping[str, Any], *, described: str) -> Iterator[None]:
    """Within it the version's own modules are imported from their copies, whatever this machine has of those names.

    A module that was imported here before has its name back afterwards; a name that was free keeps the copy. Raises
    DigestMismatch for a copy that is not what was recorded, and EnvironmentMismatch for one that was not kept.
    """
    texts = _verified_texts(recorded, described)
    finder = _CopyFinder({name: (texts[name], module["is_package"]) for name, module in _needed(recorded).items()})
    before = {name: sys.modules.pop(name) for name in [*texts] if name in sys.modules}
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        sys.modules.update(before)


def _verified_texts(recorded: Mapping[str, Any], described: str) -> dict[str, str]:
    texts = {}
    for name, module in _needed(recorded).items():
        if module["text"] is None:
            raise EnvironmentMismatch(
                f"{described}: of the module {name} only the digest was kept: it is no text, or too long. Put its file "
                f"{module['file']} where Python finds it."
            )
        if _digest(module["text"]) != module["sha256"]:
            raise DigestMismatch(
                f"{described}: the copy of the module {name} is not what the catalog recorded, sha256 "
                f"{module['sha256'][:12]}. It was not run. Restore the database from a backup, or train again."
            )
        texts[name] = module["text"]
    return texts


class _CopyFinder(MetaPathFinder):
    """Finds the modules of these names, and no other, by their texts."""

    def __init__(self, copies: Mapping[str, tuple[str, bool]]) -> None:
        self.copies = copies

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in self.copies:
            return None
        return importlib.util.spec_from_loader(fullname, _CopyLoader(*self.copies[fullname]))


class _CopyLoader(InspectLoader):
    def __init__(self, text: str, is_package: bool) -> None:
        self.text, self.package = text, is_package

    def is_package(self, fullname: str) -> bool:
        return self.package

    def get_source(self, fullname: str) -> str:
        return self.text

    def get_code(self, fullname: str) -> CodeType:
        return self.source_to_code(self.text.encode(), f"<{fullname}, from its version>")
