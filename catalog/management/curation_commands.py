"""What the commands of archive and trash share: one version by its number, moved from one state to another."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandParser

from catalog.management.argument_names import program
from catalog.management.catalog_command import CatalogCommand, login_name
from catalog.models import DatasetVersion, ModelVersion

Version = DatasetVersion | ModelVersion


def add_curation_arguments(parser: ArgumentParser, example: str) -> None:
    parser.add_argument("reference", metavar="REF", help=f"One version by its number, as {example}.")
    parser.add_argument("--reason", default="", help="Why, for the history.")


class CurationCommand(CatalogCommand):
    """Moves one version, of a model unless the command is of datasets, and says where it is now."""

    is_of_datasets = False

    def add_arguments(self, parser: CommandParser) -> None:
        add_curation_arguments(parser, "name:2" if self.is_of_datasets else "name:3")

    def handle(self, *, reference: str, reason: str, json: bool, **options: Any) -> None:
        before = self.find_version(reference)
        version = self.move(before, actor=login_name(), reason=reason)
        values = {"reference": version.reference, "state": version.state, "previous_state": before.state}
        self.report(json, values, self.lines(version, before))

    def find_version(self, reference: str) -> Version:
        from catalog.services.registry.references import find_dataset_version, find_model_version

        return find_dataset_version(reference) if self.is_of_datasets else find_model_version(reference)

    def move(self, version: Any, *, actor: str, reason: str) -> Version:
        """Call the service that moves it."""
        raise NotImplementedError

    def lines(self, version: Version, before: Version) -> list[str]:
        """What is said about it."""
        raise NotImplementedError


class TrashCommand(CurationCommand):
    undo = "restore_version"

    def move(self, version: Any, *, actor: str, reason: str) -> Version:
        from catalog.services.registry.curation import move_to_trash

        moved: Version = move_to_trash(version=version, actor=actor, reason=reason)
        return moved

    def lines(self, version: Version, before: Version) -> list[str]:
        return [
            f"{version.reference} is in the trash. Its file stays until `{program()} purge_trash` deletes it for good.",
            f"  To bring it back: {program()} {self.undo} {version.reference}",
        ]


class RestoreCommand(CurationCommand):
    def move(self, version: Any, *, actor: str, reason: str) -> Version:
        from catalog.services.registry.curation import restore

        moved: Version = restore(version=version, actor=actor, reason=reason)
        return moved

    def lines(self, version: Version, before: Version) -> list[str]:
        place = "the trash" if before.state == before.State.TRASHED else "the archive"
        return [f"{version.reference} is out of {place}: it is {version.state}."]
