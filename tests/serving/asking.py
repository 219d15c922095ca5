"""Requests one after another on kept connections, each compared with what a version is known to answer."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import urlsplit

from tests.serving.served_process import Server
from tests.serving.test_requests import rows

Expected = Mapping[str, list[Any]]
HEADERS = {"Content-Type": "application/json"}


def known_answers(server: Server, *references: str) -> dict[str, list[Any]]:
    return {
        reference: server.post(f"/models/{reference}/predict", rows()).json["predictions"] for reference in references
    }


@contextmanager
def asking(server: Server, expected: Expected, *, connections: int = 4) -> Iterator[Counter[str]]:
    """Asks for as long as it is entered. The counter has how often which version answered as it should, and what else
    was answered."""
    stop, counted = Event(), Counter[str]()
    with ThreadPoolExecutor(connections) as threads:
        asked = [threads.submit(_ask, stop, server, expected, counted) for _ in range(connections)]
        try:
            yield counted
        finally:
            stop.set()
        for each in asked:
            each.result()


def _ask(stop: Event, server: Server, expected: Expected, counted: Counter[str]) -> None:
    body = json.dumps(rows())
    with closing(HTTPConnection(urlsplit(server.url).netloc, timeout=60)) as connection:
        while not stop.is_set():
            connection.request("POST", "/models/late/predict", body, HEADERS)
            answer = connection.getresponse()
            content = json.loads(answer.read())
            known = expected.get(content.get("reference", ""))
            is_right = answer.status == 200 and known is not None and content["predictions"] == known
            counted[content["reference"] if is_right else f"{answer.status}: {content}"] += 1


def resident_mb(server: Server) -> float:
    """What the server's process holds in memory now."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def metric(server: Server, name: str) -> float:
    """Of the model late."""
    text = server.get("/metrics").body.decode()
    return float(text.partition(f'\n{name}{{model="late"}} ')[2].partition("\n")[0])
