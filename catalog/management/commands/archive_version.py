from typing import Any

from catalog.management.argument_names import program
from catalog.management.curation_commands import CurationCommand, Version


class Command(CurationCommand):
    help = "Take a version out of use: it can't be promoted or used until restore_version brings it back."
    example = "archive_version churn:1 --reason 'trained on a wrong table'"

    def move(self, version: Any, *, actor: str, reason: str) -> Version:
        from catalog.services.registry.curation import archive

        return archive(version=version, actor=actor, reason=reason)

    def lines(self, version: Version, before: Version) -> list[str]:
        return [f"{version.reference} is archived. To use it again: {program()} restore_version {version.reference}"]
