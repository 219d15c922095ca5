"""What the pages at a terminal are made of: facts beside their names, and sections below them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from catalog.exceptions import counted
from catalog.management.output import size_text
from catalog.management.text_tables import aligned
from catalog.models import DatasetVersion, ModelVersion
from catalog.models.names import tag_texts

if TYPE_CHECKING:
    from catalog.services.registry.subjects import CatalogSubject

ROWS_SHOWN = 20


def file_facts(version: ModelVersion | DatasetVersion, values: Mapping[str, Any]) -> dict[str, str]:
    return {"file": values["uri"], "size": size_text(version.size_bytes), "sha256": version.sha256}


def tags_text(subject: "CatalogSubject") -> str:
    return ", ".join(tag_texts(subject.tags))


def column_lines(columns: Sequence[Mapping[str, Any]]) -> list[str]:
    named = aligned([[column["name"], column["type"]] for column in columns[:ROWS_SHOWN]]) if columns else []
    more = len(columns) - ROWS_SHOWN
    return indented([*named, *([f"and {counted(more, 'column')} more"] if more > 0 else [])])


def facts_block(facts: Mapping[str, str]) -> list[str]:
    """Those that are known, beside their names; a text of several lines below its name's column."""
    known = {name: value.splitlines() for name, value in facts.items() if value}
    if not known:
        return []
    width = max(map(len, known)) + 4
    lines = []
    for name, texts in known.items():
        lines.append(f"  {name}".ljust(width) + (texts[0] if texts else ""))
        lines += [f"{'':{width}}{text}" for text in texts[1:]]
    return lines


def table_section(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return section(title, indented(aligned([head, *rows])) if rows else [])


def section(title: str, lines: Sequence[str]) -> list[str]:
    return ["", title, *lines] if lines else []


def indented(lines: Iterable[str]) -> list[str]:
    return [f"  {line}" for line in lines]
