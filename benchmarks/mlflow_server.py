"""An MLflow tracking server for a benchmark: its rows in SQLite, its models in the same bucket, which clients read."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.catalog_on_s3 import CatalogOnS3
from tests.servers.ports import free_ports

READY_WITHIN_SECONDS = 120


@contextmanager
def mlflow_server(catalog: CatalogOnS3, python: Path) -> Iterator[dict[str, str]]:
    """The environment of its clients. `python` has MLflow; the server's processes are stopped at the end."""
    folder = catalog.folder / "mlflow"
    folder.mkdir()
    (port,) = free_ports(1)
    environment = catalog.environment | {
        "MLFLOW_TRACKING_URI": f"http://127.0.0.1:{port}",
        "MLFLOW_S3_ENDPOINT_URL": catalog.server.endpoint_url,
        "GIT_PYTHON_REFRESH": "quiet",
    }
    stores = ("--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--no-serve-artifacts")
    models = ("--default-artifact-root", f"s3://{catalog.server.bucket}/mlflow")
    command = (python, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), *stores, *models)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
        try:
            _wait(f"http://127.0.0.1:{port}/health", process, folder / "log")
            yield environment
        finally:
            with suppress(ProcessLookupError):  # it ended by itself, and _wait() says with what words
                os.killpg(process.pid, signal.SIGTERM)
            process.wait()


def _wait(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    sys.exit(f"MLflow's server did not start:\n{log.read_text(errors='replace')[-3000:]}")
