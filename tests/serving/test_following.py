"""No request is lost while versions take each other's place, and while the server stops."""

import json
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

import pytest

from tests.servers.site import ROOT
from tests.serving.conftest import PROGRAMS
from tests.serving.served_process import Answer, Server, served_environment, serving
from tests.serving.test_requests import rows

OPEN = {"CATALOG_SERVING_OPEN": "true", "CATALOG_SERVING_FOLLOW_SECONDS": "1"}


def asked_until(stop: Event, server: Server) -> list[Answer]:
    answers = []
    while not stop.is_set():
        answers.append(server.post("/models/late/predict", rows()))
    return answers


def test_requests_through_promotions_and_rollbacks_are_answered_by_one_of_the_two(served_folder: Path) -> None:
    program = [sys.executable, str(PROGRAMS / "promote_and_roll_back.py"), "25", "0.6"]
    stop = Event()
    with serving(served_folder, "late", **OPEN) as server, ThreadPoolExecutor(4) as threads:
        expected = {
            reference: server.post(f"/models/{reference}/predict", rows()).json["predictions"]
            for reference in ("late:1", "late:2")
        }
        asking = [threads.submit(asked_until, stop, server) for _ in range(4)]
        try:
            subprocess.run(program, cwd=ROOT, env=served_environment(served_folder), check=True, timeout=300)
        finally:
            stop.set()
        answers = [answer for asked in asking for answer in asked.result()]
    assert {answer.status for answer in answers} == {200}
    given = {answer.json["reference"] for answer in answers}
    assert given == {"late:1", "late:2"}
    assert all(answer.json["predictions"] == expected[answer.json["reference"]] for answer in answers)
    assert expected["late:1"] != expected["late:2"]


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
        ({}, "Nobody may ask yet. Make a token, manage.py create_token NAME, or CATALOG_SERVING_OPEN=true"),
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
