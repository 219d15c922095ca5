"""Objects without an upload token, as copies made without metadata leave them: their bytes tell what they are."""

from catalog.exceptions import counted
from catalog.services.integrity.check_run import CheckRun
from catalog.services.integrity.findings import FindingKind, Repair, RepairAction, RowKey
from catalog.services.integrity.row_batches import describe


def report_tokenless(run: CheckRun) -> None:
    """One finding a row, of the objects that other checks put into `run.tokenless`, which is emptied."""
    for row, keys in run.tokenless.items():
        more = f" and {counted(len(keys) - 1, 'more object')} carry" if len(keys) > 1 else " carries"
        compared = "its bytes are the recorded ones" if run.deep else "its bytes were not compared"
        repair = Repair(RepairAction.WRITE_METADATA, f"of {describe(row)}", row.stored_key, RowKey.of(row))
        run.add(
            FindingKind.METADATA_MISSING,
            describe(row),
            f"{run.uri(keys[0])}{more} no upload token, as after a copy without metadata; {compared}",
            "verify_catalog --deep --repair --yes writes it anew",
            repair if run.deep else None,
        )
    run.tokenless.clear()
