import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandParser

from catalog.exceptions import InvalidRequest, StorageError, counted
from catalog.management.catalog_command import CatalogCommand, login_name
from catalog.management.output import size_text
from catalog.management.text_tables import aligned

if TYPE_CHECKING:
    from catalog.services.registry.trash import Purged

UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Command(CatalogCommand):
    help = "Delete for good what has been in the trash for long: rows first, then files. Without --yes only a list."
    example = "purge_trash --older-than 30d --yes"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--older-than", default="30d", metavar="DURATION", help="In the trash for longer: 30d (default), 12h, 2w."
        )
        parser.add_argument("--yes", action="store_true", help="Delete, rather than list what would be deleted.")

    def handle(self, *, older_than: str, yes: bool, json: bool, **options: Any) -> None:
        from catalog.services.registry.trash import purge_trash, purgeable

        age = parse_duration(older_than)
        if yes:
            purged = purge_trash(older_than=age, actor=login_name(), progress=self.progress())
        else:
            purged = purgeable(older_than=age)
        self.report(json, _values(purged, yes), _lines(purged, yes, older_than))
        if purged.remaining:
            left = ", ".join(purged.remaining)
            raise StorageError(f"Not deleted: {left}. `manage.py verify_catalog --deep` says what they are.")


def _values(purged: "Purged", done: bool) -> dict[str, Any]:
    return {
        "purged": done,
        "versions": [
            {
                "reference": version.reference,
                "kind": version._meta.model_name,
                "bytes": version.size_bytes,
                "trashed": version.trashed_at,
            }
            for version in purged.versions
        ],
        "kept": purged.kept,
        "remaining": purged.remaining,
        "bytes": purged.size_bytes,
    }


def _lines(purged: "Purged", done: bool, older_than: str) -> list[str]:
    stays = [f"{reference} stays: {reason}." for reference, reason in purged.kept.items()]
    if not purged.versions:
        nothing = f"nothing has been in the trash for {older_than}"
        return [f"Nothing to purge: {nothing}." if not stays else "Nothing purged.", *stays]
    rows = [["version", "kind", "size", "in the trash since"]]
    for version in purged.versions:
        kind = "dataset" if version._meta.model_name == "datasetversion" else "model"
        rows.append([version.reference, kind, size_text(version.size_bytes), f"{version.trashed_at:%Y-%m-%d %H:%M}"])
    size = f"{counted(len(purged.versions), 'version')}, {size_text(purged.size_bytes)}"
    summary = f"Deleted for good: {size}." if done else f"Would delete {size}. Add --yes to delete them for good."
    return [*aligned(rows), *stays, summary]


def parse_duration(text: str) -> timedelta:
    """`30d`, `12h`, `2w` or `90m`. Raises InvalidRequest."""
    match = re.fullmatch(r"(\d{1,5})([mhdw])", text.strip().lower(), re.ASCII)
    if not match:
        raise InvalidRequest(f"{text[:80]!r} is not a duration. Write a number and a unit: 30d, 12h, 2w or 90m.")
    return timedelta(**{UNITS[match[2]]: int(match[1])})
