"""How the commands print what they found."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from catalog.management.text_tables import aligned

if TYPE_CHECKING:
    from catalog.services.integrity.findings import Finding

SHOWN_FINDINGS = 100


def finding_lines(findings: "Sequence[Finding]") -> list[str]:
    """A table of the first hundred."""
    rows = [[finding.kind, finding.where, finding.what, finding.to_do] for finding in findings[:SHOWN_FINDINGS]]
    more = len(findings) - SHOWN_FINDINGS
    return [
        *aligned([["finding", "where", "what", "what to do"], *rows]),
        *([f"… and {more:,} more: --json lists them all."] if more > 0 else []),
    ]


def finding_values(finding: "Finding") -> dict[str, Any]:
    return {
        "kind": finding.kind,
        "where": finding.where,
        "what": finding.what,
        "to_do": finding.to_do,
        "repair": str(finding.repair) if finding.repair else None,
    }
