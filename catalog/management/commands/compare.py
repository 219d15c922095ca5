from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandParser

from catalog.exceptions import InvalidRequest
from catalog.management.catalog_command import CatalogCommand
from catalog.management.text_tables import add_wide_option, aligned, list_lines, measuring_lines

if TYPE_CHECKING:
    from catalog.services.registry.comparability import Comparison
    from catalog.services.registry.compared_facts import ComparedFact

FEWEST, MOST = 2, 20


class Command(CatalogCommand):
    help = "Compare versions: metrics, origin, parameters, schema, libraries; what differs comes first."
    example = "compare churn:2 churn:3 --only-differing"
    changes_state = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("references", metavar="REF", nargs="+", help="Two versions or more, of one model.")
        parser.add_argument("--only-differing", action="store_true", help="Only what differs.")
        add_wide_option(parser)

    def handle(self, *, references: list[str], only_differing: bool, wide: bool, json: bool, **options: Any) -> None:
        from catalog.services.registry.comparability import check_comparable, compare_with_first
        from catalog.services.registry.compared_facts import compare_facts
        from catalog.services.registry.subjects import named_version

        if not FEWEST <= len(references) <= MOST:
            raise InvalidRequest(f"`references`: name {FEWEST} to {MOST} versions, not {len(references)}.")
        versions = [named_version(reference) for reference in references]
        check_comparable(versions)
        sections = compare_facts(versions, only_differing=only_differing)
        comparisons, named = compare_with_first(versions), [version.reference for version in versions]
        values = {"references": named, "differences": _differences(comparisons), "sections": _values(sections)}
        lines = [line for comparison in comparisons for line in _comparison_lines(comparison)]
        self.report(json, values, [*lines, *_lines(named, sections, wide=wide)])


def _differences(comparisons: "list[Comparison]") -> list[dict[str, Any]]:
    return [
        {
            "reference": comparison.version.reference,
            "against": comparison.other.reference,
            "basis": str(comparison.basis),
            "metrics": [
                {**difference.as_json(), "verdict": difference.verdict}
                for difference in comparison.differences.values()
            ],
        }
        for comparison in comparisons
    ]


def _comparison_lines(comparison: "Comparison") -> list[str]:
    """How far each metric lies apart, and whether that is more than chance; or why nothing can be said."""
    pair = f"{comparison.version.reference} against {comparison.other.reference}"
    if comparison.evaluation is None:
        return [f"{pair}: {comparison.basis}.", *(f"  {line}" for line in measuring_lines(comparison))]
    rows = [[difference.metric, difference.text, difference.sentence] for difference in comparison.differences.values()]
    table = [f"  {line}" for line in aligned(rows)] if rows else []
    flips = [f"  {text}"] if (text := comparison.evaluation.flips_text) else []
    return [f"{pair}: measured on {comparison.evaluation.rows_text}.", *table, *flips]


Sections = list[tuple[str, list["ComparedFact"]]]


def _values(sections: Sections) -> dict[str, Any]:
    return {
        title.lower(): {
            fact.name: {"values": fact.values, "differs": fact.differs, "best": list(fact.best)} for fact in facts
        }
        for title, facts in sections
    }


def _lines(references: list[str], sections: Sections, *, wide: bool) -> list[str]:
    """One table, so that all sections have the same columns; the best value of a metric has a star."""
    rows = [["", *references]]
    for title, facts in sections:
        if facts:
            rows.append([title, *("" for _ in references)])
            rows += [[f"  {fact.name}", *_cells(fact)] for fact in facts]
    return list_lines(rows[0], rows[1:], spare=(), wide=wide) if len(rows) > 1 else ["They do not differ."]


def _cells(fact: "ComparedFact") -> list[str]:
    return [f"{_text(value)}{' *' if is_best else ''}" for value, is_best in fact.cells]


def _text(value: Any) -> str:
    if value is None or value == "":
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
