from typing import Any

from django.core.management.base import CommandParser

from catalog.exceptions import StorageError
from catalog.management.catalog_command import CatalogCommand
from catalog.management.text_tables import aligned

WORKS = {True: "work", False: "do NOT work", None: "could not be tried"}


class Command(CatalogCommand):
    help = "Try what the catalog needs of its storage, with a probe object that is removed again."
    example = "check_storage"
    changes_state = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--make-folder", action="store_true", help="Make AWS_LOCATION show as a folder in S3 browsers."
        )

    def handle(self, *, make_folder: bool, json: bool, **options: Any) -> None:
        from catalog.storage.probe import probe_storage

        probe = probe_storage(make_folder=make_folder)
        values = {
            "location": probe.location,
            "permitted": probe.permitted,
            **{name.replace(" ", "_"): works for name, works in probe.conditional.items()},
            "problems": probe.problems,
            "advice": probe.advice,
        }
        refused = "NOT permitted" if probe.is_reachable else "did not answer"
        rows = [[name, "permitted" if allowed else refused] for name, allowed in probe.permitted.items()]
        rows += [[name, WORKS[works]] for name, works in probe.conditional.items()]
        self.report(
            json,
            values,
            [
                f"Storage: {probe.location}",
                *(f"  {line}" for line in aligned(rows)),
                *(f"  {line}" for line in [*probe.problems, *probe.advice]),
            ],
        )
        self.warn_of_objects_left_behind()
        if not probe.is_reachable:
            raise StorageError(probe.problems[-1])
        if not probe.is_sufficient:
            raise StorageError(f"{probe.location} can't hold the catalog: it must permit to put, get and head objects.")
        if not probe.permitted["delete"] and "delete" not in probe.denied:
            raise StorageError(probe.problems[-1])
