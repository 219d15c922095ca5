"""Who may finish a run in parts: one process at a time, which holds the run's lease and renews it while it works."""

import os
import socket
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from catalog.conf import catalog_settings
from catalog.exceptions import InvalidRequest, NotReady
from catalog.models import Prediction, RunLease
from catalog.progress import Progress
from catalog.storage.interface import new_upload_token

POLL_SECONDS = 0.5


@dataclass
class HeldRun:
    """The lease of a run that this process works on."""

    receipt: Prediction
    token: str
    renewed: float = field(default_factory=time.monotonic)

    def renew(self) -> None:
        """Called often; renews when a quarter of the lease has passed. Raises NotReady when another process has it."""
        if time.monotonic() < self.renewed + catalog_settings().job_lease_seconds / 4:
            return
        if not self._rows().update(expires_at=_expiry()):
            raise self._lost()
        self.renewed = time.monotonic()

    def require(self) -> None:
        """Within a transaction that changes the run: it is ours until that ends. Raises NotReady."""
        if not self._rows().select_for_update().exists():
            raise self._lost()

    def release(self, status: Prediction.Status, failure: str = "", **changes: Any) -> bool:
        """Give the run its status and end the lease, within the caller's transaction. Whether it was ours to do."""
        if not self._rows().select_for_update().exists():
            return False
        running = Prediction.objects.filter(pk=self.receipt.pk, status=Prediction.Status.RUNNING)
        is_ours = bool(running.update(status=status, failure=failure, **changes))
        self._rows().delete()
        return is_ours

    def _rows(self) -> Any:
        return RunLease.objects.filter(prediction=self.receipt.pk, token=self.token)

    def _lost(self) -> NotReady:
        lease = RunLease.objects.filter(prediction=self.receipt.pk).first()
        by = f"by {lease.holder}" if lease else "elsewhere"
        return NotReady(f"The run {self.receipt.pk} is gone on with {by}: nothing that is done here counts.")


def new_lease(receipt: Prediction, actor: str) -> HeldRun:
    """Within the transaction that makes the RUNNING receipt."""
    held = HeldRun(receipt, new_upload_token())
    RunLease.objects.create(prediction=receipt, token=held.token, holder=_holder(actor), expires_at=_expiry())
    return held


def take_lease(receipt: Prediction, actor: str, progress: Progress) -> HeldRun:
    """The lease of an unfinished run, which is RUNNING then. A holder who no longer renews it is waited for.

    Raises NotReady while somebody works on the run, and InvalidRequest when it has ended.
    """
    seen = None
    with progress.step("take over the run"):
        while True:
            if held := _try_to_take(receipt, actor):
                return held
            lease = RunLease.objects.filter(prediction=receipt.pk).first()
            if lease and seen and (lease.token, lease.expires_at) != (seen.token, seen.expires_at):
                raise NotReady(f"The run {receipt.pk} is worked on by {lease.holder}. Wait for its end, or stop that.")
            seen = seen or lease
            progress.say(f"waiting whether {seen.holder} is still at it" if seen else "")
            time.sleep(POLL_SECONDS)


@transaction.atomic
def _try_to_take(receipt: Prediction, actor: str) -> HeldRun | None:
    """None while the lease is another's. The receipt is as the database has it then."""
    present = Prediction.objects.select_for_update().get(pk=receipt.pk)
    if not present.is_unfinished:
        raise InvalidRequest(f"The receipt {receipt.pk} is {present.status}: only a run that has not ended can go on.")
    RunLease.objects.filter(prediction=receipt.pk, expires_at__lt=Now()).delete()
    if RunLease.objects.filter(prediction=receipt.pk).exists():
        return None
    Prediction.objects.filter(pk=receipt.pk).update(status=Prediction.Status.RUNNING, failure="")
    receipt.refresh_from_db()
    return new_lease(receipt, actor)


def _holder(actor: str) -> str:
    return f"{actor} on {socket.gethostname()} (process {os.getpid()})"[:200]


def _expiry() -> Any:
    return Now() + timedelta(seconds=catalog_settings().job_lease_seconds)
