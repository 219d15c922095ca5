"""Machines whose clocks are two hours apart: order is that of the database, and nobody's work is given up for lost."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import Alias, AuditEvent, ModelVersion
from catalog.services.integrity.repair import repair_catalog
from catalog.services.integrity.verify.verify_catalog import verify_catalog
from catalog.services.jobs.leases import Standing, renew
from catalog.services.jobs.watching.reaper import reap
from catalog.services.persistence.writes import finish
from catalog.services.registry.aliases import promote, roll_back
from tests.catalog_rows import compare_catalogs, snapshot
from tests.services.integrity.catalogs import another, later, settle
from tests.services.integrity.rebuilds import rebuild_from_nothing
from tests.services.jobs.workers import claimed, queue_job
from tests.summary import count


@contextmanager
def clock(difference: timedelta) -> Iterator[None]:
    """What is written within it is of a machine whose clock differs by so much."""
    now = timezone.now
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(timezone, "now", lambda: now() + difference)
        for model, name in ((AuditEvent, "at"), (Alias, "set_at"), (ModelVersion, "created_at")):
            patched.setattr(model._meta.get_field(name), "default", timezone.now)
        yield


@pytest.mark.parametrize("hours", [-2, 2])
def test_a_history_of_two_clocks_is_in_the_order_in_which_it_happened(sound: ModelVersion, hours: int) -> None:
    with clock(timedelta(hours=hours)):
        another(sound)
        promote(reference="late:2", alias="production", actor="bob")
    another(sound)
    promote(reference="late:3", alias="production", actor="ada")
    with clock(timedelta(hours=hours)):
        roll_back(name="late", alias="production", actor="bob")
    settle()
    assert Alias.objects.get().model_version.number == 2
    assert verify_catalog(now=later(hours=hours)).findings == []
    before = snapshot()
    assert rebuild_from_nothing().findings == []
    compare_catalogs(before, snapshot())
    roll_back(name="late", alias="production", actor="ada")
    assert Alias.objects.get().model_version.number == 1
    count("histories of clocks two hours apart that came out right")


def test_a_write_that_goes_on_is_not_given_up_by_a_machine_whose_clock_is_ahead(sound: ModelVersion) -> None:
    going_on = another(sound, status="PENDING")
    verified = verify_catalog(now=later(hours=2))
    assert verified.findings == []
    assert repair_catalog(verified=verified, actor="bob", now=later(hours=2)) == []
    finish(going_on)
    assert ModelVersion.objects.get(number=2).status == "READY"


def test_a_job_is_not_taken_from_a_worker_whose_clock_differs(late_v1: ModelVersion) -> None:
    job = queue_job()
    with clock(timedelta(hours=-2)):
        lease = claimed(job)
    with clock(timedelta(hours=2)):
        assert list(reap()) == []
        assert renew(lease=lease) is Standing.HELD
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("RUNNING", 1)
