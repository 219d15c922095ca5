"""CONTRIBUTING.md and the index of decisions name what is there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DECISIONS = ROOT / "docs" / "decisions"


def named_folders() -> set[str]:
    """The folders in the tree of CONTRIBUTING.md, as paths."""
    tree = (ROOT / "CONTRIBUTING.md").read_text().partition("```\nmanage.py")[2].partition("```")[0]
    above: list[str] = []
    folders = set()
    for indent, name in re.findall(r"^( *)([\w/.-]+)/(?: |$)", tree, re.MULTILINE):
        above = [*above[: len(indent) // 2], name]
        folders.add("/".join(above))
    return folders


def test_the_tree_names_every_folder_of_the_catalog() -> None:
    packages = {str(path.parent.relative_to(ROOT)) for path in (ROOT / "catalog").rglob("__init__.py")}
    assert packages - named_folders() == set()


def test_the_tree_names_no_folder_that_is_not_there() -> None:
    assert [folder for folder in sorted(named_folders()) if not (ROOT / folder).is_dir()] == []


def test_the_index_lists_every_decision_by_its_title() -> None:
    index = (DECISIONS / "README.md").read_text()
    notes = sorted(path for path in DECISIONS.glob("*.md") if path.name != "README.md")
    titles = {path.name: path.read_text().partition("\n")[0].partition(". ")[2] for path in notes}
    assert [name for name, title in titles.items() if f"[{title}]({name})" not in index] == []


def test_the_index_lists_no_decision_twice_and_none_that_is_gone() -> None:
    names = re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", (DECISIONS / "README.md").read_text())
    assert sorted(names) == sorted(path.name for path in DECISIONS.glob("0*.md"))
