"""The applications that README.md and docs/serving.md show run as they stand."""

import re
import subprocess
import sys
import textwrap
import time
import urllib.error
from pathlib import Path

import pytest

from tests.servers.ports import free_ports
from tests.servers.site import ROOT
from tests.serving.served_process import Server, served_environment
from tests.serving.test_requests import rows

DOCUMENTS = (ROOT / "README.md").read_text() + (ROOT / "docs" / "serving.md").read_text()
SNIPPETS = re.findall(r"^ *```python\n(.*?)^ *```", DOCUMENTS, re.DOTALL | re.MULTILINE)
APPLICATIONS = [textwrap.dedent(snippet) for snippet in SNIPPETS if "FastAPI()" in snippet]


def asked(snippet: str, folder: Path, path: str) -> str:
    """What the application answers to a row."""
    (port,) = free_ports(1)
    (folder / "documented.py").write_text(snippet.replace("churn", "late"))
    variables = {**served_environment(folder, CATALOG_SERVING_OPEN="true"), "PYTHONPATH": f"{ROOT}:{folder}"}
    command = [sys.executable, "-m", "uvicorn", "documented:app", "--port", str(port)]
    with (folder / "documented.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=variables, stdout=log, stderr=log)
    server, deadline = Server(f"http://127.0.0.1:{port}", process, folder / "documented.log"), time.monotonic() + 90
    try:
        while time.monotonic() < deadline and process.poll() is None:
            try:
                return server.post(path, rows()[0]).body.decode()
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
        raise RuntimeError(server.log.read_text()[-3000:])
    finally:
        process.terminate()
        process.wait(timeout=60)


@pytest.mark.parametrize(("number", "path"), [(0, "/score"), (1, "/models/late/predict")])
def test_an_application_of_ones_own_answers(served_folder: Path, number: int, path: str) -> None:
    assert '"late:1"' in asked(APPLICATIONS[number], served_folder, path)


def test_a_server_that_knows_the_name_of_the_application_finds_it(served_folder: Path) -> None:
    assert '"late:1"' in asked("from catalog.serving import app", served_folder, "/models/late/predict")
