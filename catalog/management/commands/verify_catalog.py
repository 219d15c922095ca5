from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandParser

from catalog.exceptions import Inconsistent, InvalidRequest, counted
from catalog.management.argument_names import as_typed, program
from catalog.management.catalog_command import CatalogCommand, login_name
from catalog.management.finding_lines import SHOWN_FINDINGS, finding_lines, finding_values
from catalog.management.output import prints_aside
from catalog.management.reading_arguments import add_code_argument
from catalog.management.text_tables import add_wide_option

if TYPE_CHECKING:
    from catalog.services.integrity.findings import Finding, Verified
    from catalog.services.integrity.repair import Repaired


class Command(CatalogCommand):
    help = "Check that the database, the objects in storage and their manifests agree; exit 1 when they do not."
    example = "verify_catalog --repair --yes"
    changes_state = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--deep", action="store_true", help="Read and hash every byte of every object.")
        parser.add_argument("--replay", action="store_true", help="Score the rows kept with each model again.")
        add_code_argument(parser)
        parser.add_argument("--repair", action="store_true", help="Say what could be repaired; with --yes, do it.")
        parser.add_argument("--yes", action="store_true", help="With --repair: do it.")
        add_wide_option(parser)

    def handle(
        self,
        *,
        deep: bool,
        replay: bool,
        code_from_version: bool,
        repair: bool,
        yes: bool,
        wide: bool,
        json: bool,
        **options: Any,
    ) -> None:
        from catalog.services.integrity.repair import repair_catalog
        from catalog.services.integrity.verify.verify_catalog import verify_catalog

        if yes and not repair:
            raise InvalidRequest("--yes goes with --repair: verify_catalog --repair --yes.")
        if code_from_version and not replay:
            raise InvalidRequest("--code-from-version goes with --replay, which loads the models.")
        self.changes_state, progress = yes, self.progress()
        with prints_aside():
            verified = verify_catalog(deep=deep, replay=replay, code_from_version=code_from_version, progress=progress)
        done = repair_catalog(verified=verified, actor=login_name(), progress=progress) if yes else []
        left = remaining(verified, done)
        lines = [*_checked_lines(verified), *(finding_lines(left, wide=wide) if left else ["Nothing is wrong."])]
        lines += _done_lines(done) if yes else _dry_run_lines(verified) if repair else []
        self.report(json, _values(verified, done, left), lines)
        if left:
            raise Inconsistent(f"{counted(len(left), 'finding')}{' left' if done else ''}.")


def remaining(verified: "Verified", done: "Sequence[Repaired]") -> "list[Finding]":
    """The findings that were not repaired."""
    repaired = {id(repair.finding) for repair in done if not repair.problem}
    return [finding for finding in verified.findings if id(finding) not in repaired]


def _values(verified: "Verified", done: "Sequence[Repaired]", left: "Sequence[Finding]") -> dict[str, Any]:
    return {
        "checked": dict(verified.checked),
        "findings": [finding_values(finding) for finding in left],
        "repaired": [
            {"repair": str(repair.finding.repair), "finding": finding_values(repair.finding)}
            for repair in done
            if not repair.problem
        ],
        "problems": {str(repair.finding.repair): repair.problem for repair in done if repair.problem},
        "notes": verified.notes,
    }


def _checked_lines(verified: "Verified") -> list[str]:
    counts = ", ".join(f"{count:,} {what}" for what, count in verified.checked.items() if count)
    return [f"Checked {counts or 'an empty catalog'}.", *(f"Note: {as_typed(note)}" for note in verified.notes)]


def _dry_run_lines(verified: "Verified") -> list[str]:
    repairs = verified.repairs
    if not repairs:
        return ["Nothing can be repaired without a person's decision."] if verified.findings else []
    shown = [f"Would {finding.repair}." for finding in repairs[:SHOWN_FINDINGS]]
    more = len(repairs) - SHOWN_FINDINGS
    return [
        *shown,
        *([f"… and {counted(more, 'more repair')}."] if more > 0 else []),
        f"Nothing was changed. To make {counted(len(repairs), 'repair')}: {program()} verify_catalog --repair --yes",
    ]


def _done_lines(done: "Sequence[Repaired]") -> list[str]:
    good = [repair for repair in done if not repair.problem]
    return [
        *(f"Done: {repair.finding.repair}." for repair in good[:SHOWN_FINDINGS]),
        *([f"… and {len(good) - SHOWN_FINDINGS:,} more."] if len(good) > SHOWN_FINDINGS else []),
        *(f"Not done: {repair.finding.repair}: {repair.problem}" for repair in done if repair.problem),
    ]
