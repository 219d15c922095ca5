from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandParser

from catalog.exceptions import StorageError, counted
from catalog.management.argument_names import program
from catalog.management.catalog_command import CatalogCommand
from catalog.management.output import size_text

if TYPE_CHECKING:
    from catalog.services.integrity.move_objects import Moved


class Command(CatalogCommand):
    help = "Copy the catalog's objects from where they lay to the storage that .env names. Without --yes only counts."
    needs_objects = False
    example = "move_objects var/objects --yes"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "source", metavar="SOURCE", help="Where they lay: a folder such as var/objects, or s3://bucket/folder/."
        )
        parser.add_argument("--yes", action="store_true", help="Copy, rather than count what would be copied.")

    def handle(self, *, source: str, yes: bool, json: bool, **options: Any) -> None:
        from catalog.services.integrity.move_objects import move_objects, objects_to_move

        progress = self.progress()
        moved = move_objects(source=source, progress=progress) if yes else objects_to_move(source=source)
        values = {"moved": yes, **vars(moved)}
        self.report(json, values, _lines(moved, yes))
        if moved.problems:
            raise StorageError(f"Not copied: {', '.join(moved.problems)}. Nothing was deleted: run the command again.")


def _lines(moved: "Moved", done: bool) -> list[str]:
    size, way = size_text(moved.size_bytes), f"from {moved.source} to {moved.target}"
    if not done:
        return [f"Would copy {counted(moved.copied, 'object')}, {size}, {way}. Add --yes to copy them."]
    return [
        f"Copied {counted(moved.copied, 'object')} {way}; {moved.present:,} were there already. Compared: {size}.",
        *(f"  {problem}" for problem in moved.problems.values()),
        f"Nothing was deleted at {moved.source}: keep it until `{program()} verify_catalog --deep` finds nothing.",
    ]
