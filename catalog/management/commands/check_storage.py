from typing import Any

from catalog.exceptions import StorageError
from catalog.management.catalog_command import CatalogCommand
from catalog.management.text_tables import aligned


class Command(CatalogCommand):
    help = "Try what the catalog needs of its storage, with a probe object that is removed again."
    changes_state = False

    def handle(self, *, json: bool, **options: Any) -> None:
        from catalog.storage.probe import probe_storage

        probe = probe_storage()
        values = {
            "location": probe.location,
            "permitted": probe.permitted,
            "conditional_writes": probe.conditional_writes,
            "problems": probe.problems,
            "advice": probe.advice,
        }
        rows = [[name, "permitted" if allowed else "NOT permitted"] for name, allowed in probe.permitted.items()]
        conditional = {True: "work", False: "do NOT work", None: "could not be tried"}[probe.conditional_writes]
        self.report(
            json,
            values,
            [
                f"Storage: {probe.location}",
                *(f"  {line}" for line in aligned([*rows, ["conditional writes", conditional]])),
                *(f"  {line}" for line in [*probe.problems, *probe.advice]),
            ],
        )
        if not probe.is_reachable:
            raise StorageError(probe.problems[-1])
        if not probe.is_sufficient:
            raise StorageError(f"{probe.location} can't hold the catalog: it must permit to put, get and head objects.")
