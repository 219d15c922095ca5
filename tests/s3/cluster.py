"""A Dask cluster of real commands: a scheduler, and workers that are machines of their own beside a catalog's."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.s3.machine import PROJECT, Machine, RunningCommand
from tests.servers.ports import free_ports

MANAGE = PROJECT / "manage.py"
OTHER_VERSION = PROJECT / "tests" / "s3" / "programs" / "other_version_node.py"
IMPATIENT = {"DASK_WAIT_SECONDS": "1"}
# So that a part whose worker died is tried again by us alone, and two deaths show which part it is.
NO_SECOND_CHANCE = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}
SECOND_CHANCES: dict[str, str] = {}  # as Dask has it


@dataclass
class Cluster:
    """`user` is the machine that predicts; it and the workers share a database and a bucket."""

    make_machine: Callable[..., Machine]
    user: Machine
    port: int
    scheduler: RunningCommand
    workers: list[RunningCommand] = field(default_factory=list)

    def start_scheduler(self, program: Path = MANAGE) -> None:
        self.scheduler = _scheduler(self.user, self.port, NO_SECOND_CHANCE, program)

    def add_workers(self, count: int = 2, *options: object, program: Path = MANAGE, threads: int = 1) -> None:
        """Each on a machine with an empty cache; `options` come before those of dask_worker."""
        machines = [self.make_machine(beside=self.user) for _ in range(count)]
        command = (*options, "dask_worker", f"tcp://127.0.0.1:{self.port}", "--processes", 1)
        command += ("--threads", threads, "--option=--no-nanny")
        started = [machine.start(*command, program=program) for machine in machines]
        for worker in started:
            worker.said("Registered to")
        self.workers += started

    def kill_workers(self) -> None:
        while self.workers:
            self.workers.pop().kill()


def _scheduler(machine: Machine, port: int, chances: dict[str, str], program: Path = MANAGE) -> RunningCommand:
    scheduler = machine.start("dask_scheduler", "--port", port, program=program, DASK_SCHEDULER="", **chances)
    scheduler.said("Scheduler at")
    return scheduler


@contextmanager
def cluster(
    make_machine: Callable[..., Machine], catalog: Machine, chances: dict[str, str] = NO_SECOND_CHANCE
) -> Iterator[Cluster]:
    """Without workers so far."""
    (port,) = free_ports(1)
    own = {**catalog.environment, "DASK_SCHEDULER": f"tcp://127.0.0.1:{port}"}
    user = replace(catalog, environment=own)
    made = Cluster(make_machine, user, port, _scheduler(user, port, chances))
    try:
        yield made
    finally:
        made.kill_workers()
        made.scheduler.kill()
