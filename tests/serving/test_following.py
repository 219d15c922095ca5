"""No request is lost while versions take each other's place, and while the server stops."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.servers.site import ROOT
from tests.serving.asking import asking, known_answers, metric, resident_mb
from tests.serving.conftest import PROGRAMS
from tests.serving.served_process import served_environment, serving
from tests.serving.test_requests import rows, settle

OPEN = {"CATALOG_SERVING_OPEN": "true", "CATALOG_SERVING_FOLLOW_SECONDS": "1"}


SOAK = os.environ.get("CATALOG_SOAK") == "1"
# Fifty promotions and rollbacks in one go, or a hundred swaps that the server has time for, and so many requests.
TIMES, SECONDS, REQUESTS = (50, 2.0, 200_000) if SOAK else (10, 0.5, 0)
SWAPS = 100 if SOAK else 2
# What a server takes grows by 40 MB within its first 40,000 requests, as its threads' heaps fill, and then stays.
WARM_REQUESTS, STEADY_MB = (50_000, 20) if SOAK else (0, 60)


def move_aliases(folder: Path, times: int, seconds: float) -> None:
    program = [sys.executable, str(PROGRAMS / "promote_and_roll_back.py"), str(times), str(seconds)]
    subprocess.run(program, cwd=ROOT, env=served_environment(folder), check=True, timeout=900)


def wait_for_requests(counted: Counter[str], number: int) -> None:
    while counted.total() < number:
        time.sleep(1)


def test_requests_through_promotions_and_rollbacks_are_answered_by_one_of_the_two(served_folder: Path) -> None:
    with serving(served_folder, "late", **OPEN) as server:
        expected = known_answers(server, "late:1", "late:2")
        assert expected["late:1"] != expected["late:2"]
        with asking(server, expected) as counted:
            move_aliases(served_folder, TIMES // 5, SECONDS)
            wait_for_requests(counted, WARM_REQUESTS)
            before = resident_mb(server)
            move_aliases(served_folder, TIMES - TIMES // 5, SECONDS)
            wait_for_requests(counted, REQUESTS)
            grown = resident_mb(server) - before
            for _ in range(20):  # a busy machine misses some that last for seconds only
                if metric(server, "catalog_swaps_total") < SWAPS:
                    move_aliases(served_folder, 1, 5.0)
        assert set(counted) == {"late:1", "late:2"}
        assert metric(server, "catalog_swaps_total") >= SWAPS
        assert grown < STEADY_MB


def test_a_version_that_can_not_serve_leaves_the_one_before_and_is_told_of(served_folder: Path, tmp_path: Path) -> None:
    program = [sys.executable, str(PROGRAMS / "spoil.py")]
    with (
        serving(served_folder, "late", **OPEN, CATALOG_CACHE_DIR=str(tmp_path)) as server,
        subprocess.Popen(
            program, cwd=ROOT, env=served_environment(served_folder), stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as spoiling,
    ):

        def do(what: str) -> None:
            assert spoiling.stdin is not None
            assert spoiling.stdout is not None
            spoiling.stdin.write(f"{what}\n".encode())
            spoiling.stdin.flush()
            assert spoiling.stdout.readline() == b"done\n"

        with asking(server, known_answers(server, "late:1")) as counted:
            for what in ("changed", "missing", "another scikit-learn"):
                do(what)
                settle(lambda: metric(server, "catalog_behind") == 1)
                do("mend")
                settle(lambda: metric(server, "catalog_behind") == 0)
        spoiling.communicate()
        log = server.log.read_text()
    assert set(counted) == {"late:1"}
    assert log.count("late still serves late:1: ") == 3
    assert re.search("SHA-256|sha256", log)
    assert "scikit-learn 0.1.0" in log


def test_a_server_that_is_stopped_answers_what_was_asked_before(served_folder: Path) -> None:
    body, headers = json.dumps(rows() * 100), {"Content-Type": "application/json"}
    with serving(served_folder, "late", **OPEN) as server, ExitStack() as stack:
        address = urlsplit(server.url).netloc
        connections = [stack.enter_context(closing(HTTPConnection(address, timeout=60))) for _ in range(8)]
        for connection in connections:
            connection.request("GET", "/healthz")
            connection.getresponse().read()
        for connection in connections:
            connection.request("POST", "/models/late/predict", body, headers)
        # The first answer is there: by now the server has begun to read the other requests.
        answers = [connections[0].getresponse()]
        server.process.send_signal(signal.SIGTERM)
        answers += [connection.getresponse() for connection in connections[1:]]
        assert [len(json.loads(answer.read())["predictions"]) for answer in answers] == [4_000] * 8
        assert server.process.wait(timeout=60) in {0, -signal.SIGTERM}


def test_two_workers_answer(served_folder: Path) -> None:
    with serving(served_folder, "late", "--workers", "2", **OPEN) as server:
        assert {server.post("/models/late/predict", rows()).status for _ in range(10)} == {200}


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({}, "manage.py create_token NAME, or CATALOG_SERVING_OPEN=true"),
        ({"CATALOG_SERVING_TOKENS": "a-token-itself"}, "CATALOG_SERVING_TOKENS must hold the SHA-256 of tokens"),
    ],
)
def test_without_a_token_that_can_be_right_nothing_starts(
    served_folder: Path, variables: dict[str, str], message: str
) -> None:
    variables = served_environment(served_folder, **variables)
    command = [sys.executable, "manage.py", "serve_models"]
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert message in done.stderr
    assert "a-token-itself" not in done.stderr
