"""Commands on a network and a server that fail: they end right, or in one clear line, and lose or overwrite nothing."""

import os
from dataclasses import dataclass

import pytest
from django.utils import timezone

from catalog.models import UnstoredManifest
from catalog.services.persistence import manifests
from tests.s3.behind_proxy import Catalog
from tests.servers.proxy import Fault, Kind
from tests.summary import count

SOAK = os.environ.get("CATALOG_SOAK") == "1"
ATTEMPTS = 3
WRITING = (Kind.SLOW_DOWN, Kind.ERROR, Kind.STALLED, Kind.RESET_UPLOAD, Kind.STALLED_UPLOAD, Kind.LOST)
READING = (
    Kind.SLOW_DOWN, Kind.ERROR, Kind.STALLED, Kind.RESET_DOWNLOAD, Kind.HALF, Kind.STALLED_DOWNLOAD, Kind.LOST
)  # fmt: skip

SILENT_KINDS = {Kind.STALLED, Kind.STALLED_UPLOAD, Kind.STALLED_DOWNLOAD}


@dataclass(frozen=True)
class Command:
    """`reads` and `writes` are patterns of the objects that the command can't do without."""

    words: str
    reads: str = ""
    writes: str = ""


COMMANDS = {
    "add_dataset": Command("add_dataset birds {source}", writes=r"-data\.csv$"),
    "add_dataset from S3": Command("add_dataset birds {address}/in.csv", reads=r"in\.csv$", writes=r"birds/v.*n$"),
    "train_model": Command(
        "train_model late --dataset departures --target late --estimator dummy",
        reads=r"-data\.csv$",
        writes=r"-model\.joblib$",
    ),
    "predict": Command("predict late:1 -i dataset:departures", r"-model\.joblib$", r"/predictions\.csv$"),
    "predict from and to S3": Command(
        "predict late:1 -i {address}/in.csv -o {address}/out.csv", r"in\.csv$", r"out\.csv$"
    ),
    "check_storage": Command("check_storage", r"\.probe", r"\.probe"),
}
CASES = [
    (name, method, kind)
    for name, command in COMMANDS.items()
    for method, kinds, path in (("GET", READING, command.reads), ("PUT", WRITING, command.writes))
    for kind in kinds
    if path
]
# Each kind and each command, but not each pair of them, in the default run.
SURVIVED, LASTING = (CASES, CASES) if SOAK else (CASES[::4], CASES[1::6])


def fault(name: str, method: str, kind: Kind, times: int) -> Fault:
    """Of one request if `times` is 1, of all if it is 0."""
    command = COMMANDS[name]
    path = command.reads if method == "GET" else command.writes
    return Fault(kind, method, path, times=times, seconds=stall(kind))


def stall(kind: Kind) -> float:
    """Longer than any time-out."""
    return 30 if kind in SILENT_KINDS else 0


def assert_one_clear_line(said: str, catalog: Catalog) -> None:
    assert said
    assert "\n" not in said
    assert f"s3://{catalog.bucket.name}/{catalog.folder}" in said
    assert not any(secret in said for secret in secrets_of(catalog))


def secrets_of(catalog: Catalog) -> list[str]:
    credentials = catalog.bucket.client._request_signer._credentials
    return [credentials.secret_key, credentials.access_key]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_asks_for_nothing_twice_on_a_sound_network(catalog: Catalog, name: str) -> None:
    before = catalog.objects()
    assert catalog.run(COMMANDS[name].words) == ""
    catalog.assert_sound(before)
    stored = [asked.path for asked in catalog.proxy.asked if asked.method == "PUT" and "probe" not in asked.path]
    assert len(stored) == len(set(stored))
    assert not UnstoredManifest.objects.exists()


@pytest.mark.parametrize(("name", "method", "kind"), SURVIVED)
def test_a_fault_that_passes_is_survived(catalog: Catalog, name: str, method: str, kind: Kind) -> None:
    before = catalog.objects()
    catalog.proxy.faults = [fault(name, method, kind, times=1)]
    assert catalog.run(COMMANDS[name].words) == ""
    assert catalog.proxy.hits == 1
    catalog.assert_sound(before)
    catalog.assert_sound(before)
    count("faults survived")


@pytest.mark.parametrize(("name", "method", "kind"), LASTING)
def test_a_fault_that_lasts_ends_in_one_clear_line(catalog: Catalog, name: str, method: str, kind: Kind) -> None:
    before = catalog.objects()
    catalog.proxy.faults = [fault(name, method, kind, times=0)]
    said = catalog.run(COMMANDS[name].words)
    assert_one_clear_line(said, catalog)
    # Where HEAD says that an object is gone, GET is asked once for the reason.
    assert 0 < catalog.proxy.hits <= ATTEMPTS + (name == "check_storage")
    catalog.assert_recovers(before)
    assert catalog.run(COMMANDS[name].words) == ""
    catalog.assert_sound(before)
    count("lasting faults that ended in one clear line")


# How many requests a silent server gets before the command gives up, each of them a time-out long.
SILENT = {"add_dataset": 2 * ATTEMPTS, **dict.fromkeys(("train_model", "predict", "check_storage"), ATTEMPTS)}


@pytest.mark.parametrize("name", SILENT)
def test_a_server_that_never_answers_is_not_asked_for_long(catalog: Catalog, name: str) -> None:
    catalog.proxy.faults = [Fault(Kind.STALLED, times=0, seconds=30)]
    said = catalog.run(COMMANDS[name].words)
    assert_one_clear_line(said, catalog)
    assert "the server was silent for 0.5 seconds (CATALOG_S3_TIMEOUT_SECONDS)" in said
    assert catalog.proxy.hits == SILENT[name]
    count("lasting faults that ended in one clear line")


GONE_FROM = [(name, request) for name in COMMANDS for request in range(1, 6)]


@pytest.mark.parametrize(("name", "request_number"), GONE_FROM if SOAK else GONE_FROM[::4])
def test_a_server_that_goes_in_the_middle_leaves_nothing_half_done(
    catalog: Catalog, name: str, request_number: int
) -> None:
    before = catalog.objects()
    catalog.proxy.faults = [Fault(Kind.REFUSED, first=request_number, times=0)]
    said = catalog.run(COMMANDS[name].words)
    if said:
        assert_one_clear_line(said, catalog)
    else:
        assert catalog.proxy.hits == 0 or UnstoredManifest.objects.exists()
    catalog.assert_recovers(before)
    assert catalog.run(COMMANDS[name].words) == ""
    catalog.assert_sound(before)
    count("lasting faults that ended in one clear line")


@pytest.mark.parametrize("kind", [*WRITING, Kind.REFUSED])
def test_a_promotion_stands_while_the_storage_is_away_and_is_told_to_it_later(catalog: Catalog, kind: Kind) -> None:
    catalog.proxy.faults = [Fault(kind, times=0, seconds=stall(kind))]
    before = catalog.objects()
    assert catalog.run("promote late:1 --reason best") == ""
    (kept,) = UnstoredManifest.objects.exclude(content="")
    assert UnstoredManifest.objects.get(content="").key == "models/late/aliases/production.json"
    catalog.proxy.heal()
    UnstoredManifest.objects.update(created_at=timezone.now() - 2 * manifests.OVERDUE_AFTER)
    manifests.storage_pause.until = manifests.overdue_pause.until = 0
    assert catalog.run("promote late:1 --alias spare") == ""
    assert catalog.read(kept.key).decode() == kept.content
    catalog.assert_sound(before)
    count("faults survived")
