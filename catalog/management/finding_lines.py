"""How the commands print what they found."""

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from catalog.management.argument_names import as_typed
from catalog.management.text_tables import GAP, WIDTH, aligned, shortened

if TYPE_CHECKING:
    from catalog.services.integrity.findings import Finding

SHOWN_FINDINGS = 100
INDENT = "    "


def finding_lines(findings: "Sequence[Finding]", *, wide: bool) -> list[str]:
    """The first hundred, each as lines that fit WIDTH, or as a row of a table that is as wide as it has to be."""
    shown, more = findings[:SHOWN_FINDINGS], len(findings) - SHOWN_FINDINGS
    rows = [[finding.kind, finding.where, finding.what, as_typed(finding.to_do)] for finding in shown]
    head = ["finding", "where", "what", "what to do"]
    return [
        *(aligned([head, *rows]) if wide else [line for row in rows for line in _folded(*row)]),
        *([f"… and {more:,} more: --json lists them all."] if more > 0 else []),
    ]


def _folded(kind: str, where: str, what: str, to_do: str) -> list[str]:
    """What it is and where, below that what is wrong and what to do."""
    lines = [shortened(f"{kind}{GAP}{where}", WIDTH)]
    for text in (what, f"To do: {to_do}"):
        lines += textwrap.wrap(
            text, WIDTH, initial_indent=INDENT, subsequent_indent=INDENT, break_long_words=False, break_on_hyphens=False
        )
    return lines


def finding_values(finding: "Finding") -> dict[str, Any]:
    return {
        "kind": finding.kind,
        "where": finding.where,
        "what": finding.what,
        "to_do": finding.to_do,
        "repair": str(finding.repair) if finding.repair else None,
    }
