"""Who may reach a cluster: its ports run code, so nothing is opened to other machines without TLS."""

import re
from typing import Any

import pytest

from catalog.services.distributed import cluster_nodes
from tests.commands.conftest import Run

TLS = {"ca_file": "ca.pem", "cert": "machine.pem", "key": "machine.key"}
NO_TLS = dict.fromkeys(TLS, "")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str]]]:
    """What Dask was asked for, in place of starting it."""
    asked: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(cluster_nodes, "_main", lambda program, arguments: asked.append((program, list(arguments))))
    return asked


@pytest.mark.parametrize("host", ["0.0.0.0", "scheduler.example.org", "10.0.0.1", "::"])
def test_a_scheduler_that_others_reach_needs_tls(run: Run, started: list[Any], settings: Any, host: str) -> None:
    settings.CATALOG["DASK_TLS"] = NO_TLS
    outcome = run("dask_scheduler", "--host", host)
    assert outcome.err.startswith(
        f"Whoever reaches {host}:8786 runs code here and in all workers. Set DASK_TLS_CA_FILE"
    )
    assert (outcome.code, started) == (1, [])


@pytest.mark.parametrize("tls", [TLS | {"key": ""}, NO_TLS])
def test_a_scheduler_listens_on_this_machine_alone(run: Run, started: list[Any], settings: Any, tls: Any) -> None:
    settings.CATALOG["DASK_TLS"] = tls
    assert run("dask_scheduler").code == 0
    ((program, arguments),) = started
    assert (program, arguments[0]) == ("dask_scheduler", "--host=tcp://127.0.0.1")
    assert "--dashboard-address=127.0.0.1:0" in arguments


def test_with_tls_a_scheduler_takes_encrypted_connections_alone(run: Run, started: list[Any], settings: Any) -> None:
    settings.CATALOG["DASK_TLS"] = TLS
    assert run("dask_scheduler", "--host", "0.0.0.0").code == 0
    ((_, arguments),) = started
    assert "--host=tls://0.0.0.0" in arguments
    assert {"--tls-ca-file=ca.pem", "--tls-cert=machine.pem", "--tls-key=machine.key"} <= set(arguments)


def test_a_worker_joins_another_machine_with_tls_only(run: Run, started: list[Any], settings: Any) -> None:
    settings.CATALOG["DASK_TLS"] = TLS
    outcome = run("dask_worker", "tcp://scheduler.example.org:8786")
    assert (outcome.code, bool(re.search(r"Use tls://, or use (`insecure`|--insecure)", outcome.err)), started) == (
        1,
        True,
        [],
    )
    run("dask_worker", "tls://scheduler.example.org:8786", "--processes", "2", "--option=--memory-limit=4GiB")
    ((program, arguments),) = started
    assert (program, arguments[:3]) == (
        "dask_worker",
        ["tls://scheduler.example.org:8786", "--nworkers=2", "--nthreads=1"],
    )
    assert arguments[-2:] == ["--tls-key=machine.key", "--memory-limit=4GiB"]


def test_a_worker_without_a_scheduler_says_what_to_name(run: Run, started: list[Any], settings: Any) -> None:
    settings.CATALOG["DASK_SCHEDULER"] = ""
    outcome = run("dask_worker")
    assert "Say which scheduler, as in dask_worker tcp://127.0.0.1:8786, or set DASK_SCHEDULER." in outcome.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["late:1"], "the following arguments are required: -i/--input; or --resume RECEIPT, for a run that stopped."),
        (["late:1", "--resume", "y"], "--resume goes on with what the run was asked for: leave out REF and --input."),
        (["late:1", "-i", "-", "--engine", "dask"], "standard streams are for one process."),
        (["late:1", "-i", "x/", "-o", "s3://bucket/x.csv", "--engine", "dask"], "Name a folder, ending in a slash."),
        (["late:1", "-i", "x/", "-o", "nowhere", "--engine", "dask"], "nowhere is no folder."),
        (["late:1", "-i", "x/", "--part-size", "0", "--engine", "dask"], "--part-size 0.0 must be more than 0."),
        (["late:1", "-i", "s3://b*/x/", "--engine", "dask"], "After s3:// comes the name of a bucket"),
    ],
)
def test_what_can_not_be_done_in_parts_is_said(run: Run, late_v1: Any, arguments: list[str], message: str) -> None:
    outcome = run("predict", *arguments)
    assert (outcome.code, message in outcome.err) == (1, True), outcome.err


def test_without_an_address_of_a_scheduler_the_engine_says_what_to_set(
    run: Run, late_v1: Any, departures_csv: Any
) -> None:
    outcome = run("predict", "late:1", "-i", departures_csv, "--engine", "dask")
    assert outcome.err.startswith("DASK_SCHEDULER is not set. Set it to tcp://host:8786")


@pytest.fixture
def departures_csv(tmp_path: Any, departures: Any) -> Any:
    departures.to_csv(tmp_path / "data.csv", index=False)
    return tmp_path / "data.csv"
