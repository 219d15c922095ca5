"""The settings in deploy/ and in docs/operations.md: they are sound, and slow clients do not stop the site."""

import os
import re
import resource
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.servers.nginx import nginx
from tests.servers.site import environment, site
from tests.summary import count

ROOT = Path(__file__).resolve().parents[2]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
SLOW = 1000 if os.environ.get("CATALOG_SOAK") == "1" else 300
HEADERS = b"GET /admin/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "
BODY = b"POST /admin/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\nContent-Length: 100000\r\n\r\na="


@contextmanager
def slow_clients(port: int, number: int) -> Iterator[list[socket.socket]]:
    """So many connections that have sent a part of a request: headers, a body, or nothing yet."""
    files, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with ExitStack() as stack:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(files, min(2 * number, most)), most))
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (files, most))
        clients = []
        for at in range(number):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
            client.sendall((HEADERS, BODY, b"")[at % 3])
            clients.append(client)
        yield clients


def seconds_to_answer(url: str) -> float:
    began = time.monotonic()
    with urllib.request.urlopen(url, timeout=30) as answer:
        assert answer.status == 200
    return time.monotonic() - began


def test_slow_connections_do_not_stop_the_site(tmp_path: Path) -> None:
    with site(tmp_path, environment(tmp_path)) as running, nginx(tmp_path, int(running.url.rpartition(":")[2])) as port:
        with slow_clients(port, SLOW) as clients:
            times = []
            for _ in range(5):
                for client in clients[::3]:
                    client.sendall(b"x")
                times.append(seconds_to_answer(f"http://127.0.0.1:{port}/admin/login/"))
        assert max(times) < 10
    count("slow connections at once that the site answered beside", SLOW)


def test_the_proxy_lets_a_whole_upload_through_and_no_header_of_a_client_s_own(tmp_path: Path) -> None:
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    most = int(re.search(r"client_max_body_size (\d+)m;", text)[1])
    assert most * 1024 * 1024 > 200_000_000
    assert "proxy_set_header X-Forwarded-Proto $scheme;" in text
    seconds = re.search(r"timeout = (\d+)$", (ROOT / "deploy" / "gunicorn.conf.py").read_text(), re.MULTILINE)[1]
    assert f"proxy_read_timeout {seconds}s;" in text


def test_gunicorn_takes_the_settings(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "--check-config"]
    (tmp_path / "static").mkdir()  # which collectstatic fills
    done = subprocess.run(command, cwd=ROOT, env=environment(tmp_path), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def documented() -> dict[str, str]:
    """The production settings of docs/operations.md, with values in place of the gaps."""
    block = re.search(r"## In production\n\n```\n# \.env\n(.*?)```", OPERATIONS, re.DOTALL)[1]
    lines = (line.partition("#")[0].strip() for line in block.splitlines())
    given = dict(line.split("=", 1) for line in lines if line)
    own = {
        "DJANGO_SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "AWS_BUCKET_NAME": "our",
    }
    return {**{name: value.replace("…", "secret") for name, value in given.items()}, **own}


def test_the_documented_production_settings_pass_the_deployment_checks(tmp_path: Path) -> None:
    variables = {**documented(), "DJANGO_SETTINGS_MODULE": "s3site.settings", "CATALOG_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(tmp_path, **variables), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "System check identified no issues (2 silenced).\n"), done.stderr


@pytest.mark.parametrize("name", ["DJANGO_ALLOWED_HOSTS", "DJANGO_CSRF_TRUSTED_ORIGINS", "DATABASE_URL"])
def test_the_documented_settings_name_what_a_site_needs(name: str) -> None:
    assert documented()[name]
