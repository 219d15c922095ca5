from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandParser

from catalog.exceptions import Inconsistent, counted
from catalog.management.argument_names import program
from catalog.management.catalog_command import CatalogCommand
from catalog.management.finding_lines import finding_lines, finding_values
from catalog.management.text_tables import add_wide_option, aligned

if TYPE_CHECKING:
    from catalog.services.integrity.rebuild.rebuild_catalog import Rebuilt


class Command(CatalogCommand):
    help = "Bring back the records from the manifests in storage: all into an empty database, else what it lacks."
    example = "rebuild_catalog --yes"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--yes", action="store_true", help="Do it; without, only say what would be done.")
        add_wide_option(parser)

    def handle(self, *, yes: bool, wide: bool, json: bool, **options: Any) -> None:
        from catalog.services.integrity.rebuild.rebuild_catalog import rebuild_catalog

        rebuilt = rebuild_catalog(apply=yes, progress=self.progress())
        self.report(json, _values(rebuilt, applied=yes), _lines(rebuilt, applied=yes, wide=wide))
        if rebuilt.findings:
            raise Inconsistent(f"{counted(len(rebuilt.findings), 'finding')}.")


def _values(rebuilt: "Rebuilt", *, applied: bool) -> dict[str, Any]:
    return {
        "applied": applied,
        "objects": rebuilt.objects,
        "present": dict(rebuilt.present),
        "missing": dict(rebuilt.missing),
        "findings": [finding_values(finding) for finding in rebuilt.findings],
        "notes": rebuilt.notes,
        "unvouched": rebuilt.unvouched,
    }


def _lines(rebuilt: "Rebuilt", *, applied: bool, wide: bool) -> list[str]:
    names = dict.fromkeys([*rebuilt.missing, *rebuilt.present])
    rows = [[name, f"{rebuilt.missing[name]:,}", f"{rebuilt.present[name]:,}"] for name in names]
    table = aligned([["", "added" if applied else "would be added", "there already"], *rows]) if rows else []
    return [
        f"Read {counted(rebuilt.objects, 'object')}.",
        *table,
        *(f"Note: {note}" for note in rebuilt.notes),
        *([_on_trust(rebuilt.unvouched)] if rebuilt.unvouched else []),
        *(finding_lines(rebuilt.findings, wide=wide) if rebuilt.findings else []),
        *_what_next(rebuilt, applied=applied),
    ]


def _on_trust(count: int) -> str:
    return (
        f"Note: {counted(count, 'model version')} would run code when loaded, and only the bucket vouches for "
        f"{'it' if count == 1 else 'them'}: whoever can write there may have put them there. Compare with what you "
        "know; with CATALOG_MANIFEST_KEY manifests are signed (docs/security.md)."
    )


def _what_next(rebuilt: "Rebuilt", *, applied: bool) -> list[str]:
    if not rebuilt.missing.total():
        return ["The database lacks nothing that storage holds."]
    if applied:
        return [f"Users, groups and passwords are not in storage. Look all over: {program()} verify_catalog --deep"]
    return [f"Nothing was changed. To do it: {program()} rebuild_catalog --yes"]
