"""`manage.py serve_models` in a process of its own, and what is asked of it."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.servers.ports import free_ports
from tests.servers.site import ROOT, environment

TOKEN = "of-the-tests-alone"
READY_WITHIN_SECONDS = 90


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: Mapping[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Server:
    url: str
    process: "subprocess.Popen[bytes]"
    log: Path

    def get(self, path: str, token: str = TOKEN) -> Answer:
        return self._ask(urllib.request.Request(self.url + path), token)

    def post(self, path: str, content: object, *, token: str = TOKEN, content_type: str = "application/json") -> Answer:
        """`content` is sent as JSON unless it is bytes."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        request = urllib.request.Request(self.url + path, data=body, headers={"Content-Type": content_type})
        return self._ask(request, token)

    def _ask(self, request: urllib.request.Request, token: str) -> Answer:
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return Answer(answer.status, answer.read(), answer.headers)
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.read(), error.headers)


def served_environment(folder: Path, **more: str) -> dict[str, str]:
    return environment(folder, DJANGO_SETTINGS_MODULE="tests.browser.settings", PYTHONPATH=str(ROOT), **more)


@contextmanager
def serving(folder: Path, *arguments: str, **more: str) -> Iterator[Server]:
    """The server, once it is ready; it is stopped at the end."""
    (port,) = free_ports(1)
    log = folder / f"serving-{port}.log"
    command = [sys.executable, "manage.py", "serve_models", "--port", str(port), *arguments]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=served_environment(folder, **more), stdout=output, stderr=output
        )
    server = Server(f"http://127.0.0.1:{port}", process, log)
    try:
        _wait_until_ready(server)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait_until_ready(server: Server) -> None:
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while True:
        try:
            if server.get("/readyz").status == 200:
                return
        except (urllib.error.URLError, ConnectionError):
            pass
        if server.process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"The server did not start:\n{server.log.read_text()[-3000:]}")
        time.sleep(0.1)
