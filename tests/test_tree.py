"""The tree is read by people: rooms of a size to look around in, and no name twice."""

import ast
from collections import Counter, defaultdict
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[1]
CATALOG = ROOT / "catalog"
MOST_MODULES, MOST_LINES, LONGEST_BODY = 15, 249, 40
MANY_ALIKE = {"commands", "migrations"}


@cache
def modules() -> tuple[Path, ...]:
    return tuple(path for path in sorted(CATALOG.rglob("*.py")) if "migrations" not in path.parts)


def folders() -> dict[Path, list[Path]]:
    """The modules of each folder below the catalog, without `__init__`."""
    found: dict[Path, list[Path]] = defaultdict(list)
    for path in modules():
        if path.name != "__init__.py":
            found[path.parent].append(path)
    return found


def test_a_folder_holds_no_more_than_one_takes_in_at_a_glance() -> None:
    sizes = {str(folder.relative_to(ROOT)): len(paths) for folder, paths in folders().items()}
    assert {
        name: size for name, size in sizes.items() if size > MOST_MODULES and Path(name).name not in MANY_ALIKE
    } == {}


def test_a_folder_is_there_for_more_than_one_module() -> None:
    packages = [path.parent for path in modules() if path.name == "__init__.py"]
    alone = [folder for folder in packages if len(folders()[folder]) < 2 and not any(folder.glob("*/__init__.py"))]
    assert [str(folder.relative_to(ROOT)) for folder in alone if folder.name != "templatetags"] == []


@pytest.mark.parametrize("top", ["catalog", "s3site", "benchmarks", "demo"])
def test_no_file_is_longer_than_one_reads_in_one_go(top: str) -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in (ROOT / top).rglob("*.py")}
    assert [str(path.relative_to(ROOT)) for path, length in lengths.items() if length > MOST_LINES] == []


def body_length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Its lines from the first statement to the last, without the docstring."""
    statements = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (function.end_lineno or 0) - statements[0].lineno + 1 if statements else 0


@pytest.mark.parametrize("top", ["catalog", "s3site", "benchmarks", "demo"])
def test_no_function_is_longer_than_one_sees_at_once(top: str) -> None:
    trees = {path: ast.walk(ast.parse(path.read_text())) for path in (ROOT / top).rglob("*.py")}
    functions = [
        (f"{path.relative_to(ROOT)}:{node.lineno}", body_length(node))
        for path, nodes in trees.items()
        for node in nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert [place for place, length in functions if length > LONGEST_BODY] == []


def test_no_two_modules_have_one_name() -> None:
    names = Counter(
        path.stem for path in modules() if path.name != "__init__.py" and path.parent.name not in MANY_ALIKE
    )
    assert [name for name, count in names.items() if count > 1] == []


def test_no_two_public_classes_have_one_name() -> None:
    classes: dict[str, list[str]] = defaultdict(list)
    for path in modules():
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_") and path.parent.name != "commands":
                classes[node.name].append(str(path.relative_to(ROOT)))
    assert {name: places for name, places in classes.items() if len(places) > 1} == {}


def test_modules_do_not_import_each_other_in_a_circle() -> None:
    graph = grimp.build_graph("catalog")
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        pytest.fail(f"A circle: {' → '.join(error.args[1])}")
