from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandParser

from catalog.exceptions import InvalidRequest
from catalog.management.catalog_command import CatalogCommand
from catalog.management.text_tables import aligned

if TYPE_CHECKING:
    from catalog.services.registry.comparison import ComparedFact

FEWEST, MOST = 2, 20


class Command(CatalogCommand):
    help = "Compare versions: metrics, origin, parameters, schema, libraries; what differs comes first."
    example = "compare churn:2 churn:3 --only-differing"
    changes_state = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("references", metavar="REF", nargs="+", help="Two versions or more, of any models.")
        parser.add_argument("--only-differing", action="store_true", help="Only what differs.")

    def handle(self, *, references: list[str], only_differing: bool, json: bool, **options: Any) -> None:
        from catalog.services.registry.comparison import compare_versions
        from catalog.services.registry.subjects import named_version

        if not FEWEST <= len(references) <= MOST:
            raise InvalidRequest(f"`references`: name {FEWEST} to {MOST} versions, not {len(references)}.")
        versions = [named_version(reference) for reference in references]
        sections = compare_versions(versions, only_differing=only_differing)
        named = [version.reference for version in versions]
        self.report(json, {"references": named, "sections": _values(sections)}, _lines(named, sections))


Sections = list[tuple[str, list["ComparedFact"]]]


def _values(sections: Sections) -> dict[str, Any]:
    return {
        title.lower(): {
            fact.name: {"values": fact.values, "differs": fact.differs, "best": list(fact.best)} for fact in facts
        }
        for title, facts in sections
    }


def _lines(references: list[str], sections: Sections) -> list[str]:
    """One table, so that all sections have the same columns; the best value of a metric has a star."""
    rows = [["", *references]]
    for title, facts in sections:
        if facts:
            rows.append([title, *("" for _ in references)])
            rows += [[f"  {fact.name}", *_cells(fact)] for fact in facts]
    return aligned(rows) if len(rows) > 1 else ["They do not differ."]


def _cells(fact: "ComparedFact") -> list[str]:
    return [f"{_text(value)}{' *' if is_best else ''}" for value, is_best in fact.cells]


def _text(value: Any) -> str:
    if value is None or value == "":
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
