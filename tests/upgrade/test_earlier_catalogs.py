"""What earlier releases made is used by the code at hand as if that had made it: nothing is lost or different."""

import json
from pathlib import Path

import pandas as pd

from tests.catalog_rows import compare_catalogs
from tests.s3.recovery import findings, rows
from tests.upgrade.conftest import Earlier

PREDICT_AGAIN = Path(__file__).parent / "predict_again.py"
WORKER = ("db_worker", "--batch", "--no-startup-delay")
READY = (
    "SELECT count(*) AS ready FROM catalog_modelversion "
    "WHERE status = 'READY' AND archived_at IS NULL AND trashed_at IS NULL"
)
UNPUBLISHED = [f"{alias}, published" for alias in ("delay@production", "late@production", "late@staging")]
# Another processor may add in another order: the last digits of a linear model's numbers are not the same everywhere.
TOLERANCE = 1e-9


def states(earlier: Earlier) -> dict[int, str]:
    """By job."""
    return {job["id"]: job["state"] for job in earlier.machine.rows("SELECT id, state FROM catalog_job")}


def holder(earlier: Earlier, alias: str) -> str:
    """Of that alias of `late`."""
    (reference,) = (
        version["reference"]
        for version in earlier.machine.json("versions", "late")["versions"]
        if alias in version["aliases"]
    )
    return str(reference)


def test_aliases_that_were_set_before_they_were_published_are_published_by_a_repair(earlier: Earlier) -> None:
    found = {finding["where"]: finding["kind"] for finding in findings(earlier.machine)}
    assert found == dict.fromkeys(UNPUBLISHED, "manifest missing")
    assert findings(earlier.machine, "--repair", "--yes") == []


def test_nothing_is_found_wrong(earlier: Earlier) -> None:
    assert findings(earlier.machine, "--replay") == []


def test_each_version_predicts_what_it_predicted_then(earlier: Earlier) -> None:
    work, predictions = earlier.machine.work, earlier.predictions
    (work / "now").mkdir()
    commands = [
        [reference, "-i", "later.csv", "-o", f"now/{Path(then['output']).name}", *then["options"]]
        for reference, then in predictions.items()
    ]
    earlier.machine.run(json.dumps(commands), program=PREDICT_AGAIN)
    assert earlier.machine.rows(READY) == [{"ready": len(predictions)}]
    for then in predictions.values():
        now = pd.read_csv(work / "now" / Path(then["output"]).name)
        pd.testing.assert_frame_equal(now, pd.read_csv(work / then["output"]), rtol=TOLERANCE, atol=0)


def test_the_other_kind_of_database_is_rebuilt_with_equal_rows(earlier: Earlier) -> None:
    other = earlier.rebuilding
    other.run("migrate", "-v0")
    rebuilt = other.json("rebuild_catalog", "--yes")
    assert (rebuilt["findings"], rebuilt["notes"]) == ([], [])
    compare_catalogs(rows(earlier.machine), rows(other))
    # Storage tells of no jobs: a file that was uploaded for one belongs to nothing.
    assert [finding for finding in findings(other) if "/uploads/" not in finding["where"]] == []


def test_jobs_that_were_left_are_done_and_the_others_stay_as_they_were(earlier: Earlier) -> None:
    before = states(earlier)
    assert set(before.values()) == {"CANCELLED", "FAILED", "QUEUED", "RUNNING", "SUCCEEDED"}
    for worker in [earlier.machine.start(*WORKER) for _ in range(2)]:
        assert worker.finish(120).returncode == 0
    done = {number: "SUCCEEDED" for number, state in before.items() if state in {"QUEUED", "RUNNING"}}
    assert states(earlier) == {**before, **done}


def test_a_rollback_knows_what_held_the_alias_then(earlier: Earlier) -> None:
    assert holder(earlier, "production") == "late:2"
    assert holder(earlier, "staging") not in earlier.predictions  # a queued training gave it to its version
    earlier.machine.run("rollback", "late", "--alias", "staging")
    assert holder(earlier, "staging") == "late:4"
    assert findings(earlier.machine) == []
