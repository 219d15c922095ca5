"""nginx with the settings of deploy/nginx.conf, but for TLS, in front of a running site."""

import os
import re
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.ports import free_ports
from tests.servers.programs import NGINX

SETTINGS = Path(__file__).resolve().parents[2] / "deploy" / "nginx.conf"
READY_WITHIN_SECONDS = 20
FEW_FILES = 128


@contextmanager
def nginx(folder: Path, site_port: int) -> Iterator[int]:
    """The port on which it answers for the site; its files lie in `folder`."""
    port, other_port = free_ports(2)
    text = re.sub(r"^\s*ssl_certificate.*\n", "", SETTINGS.read_text(), flags=re.MULTILINE)
    here = {
        "listen 443 ssl;": f"listen 127.0.0.1:{port};",
        "listen 80;": f"listen 127.0.0.1:{other_port};",
        "server 127.0.0.1:8000;": f"server 127.0.0.1:{site_port};",
        "/run/": f"{folder}/",
        "/var/log/nginx/": f"{folder}/",
        "/var/lib/nginx/": f"{folder}/",
    }
    for there, replaced in here.items():
        assert there in text
        text = text.replace(there, replaced)
    path = folder / "nginx.conf"
    path.write_text(text)
    first = "daemon off; " + ("user root; " if os.geteuid() == 0 else "")
    command = [NGINX.path(), "-c", str(path), "-g", first, "-e", str(folder / "error.log")]
    # It asks for the files that it needs by itself: started with fewer than the tests make connections.
    command = ["sh", "-c", f'ulimit -Sn {FEW_FILES}; exec "$@"', "sh", *command]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            _wait_until_ready(f"http://127.0.0.1:{port}/admin/login/", process)
            yield port
        finally:
            process.terminate()


def _wait_until_ready(url: str, process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while True:
        try:
            urllib.request.urlopen(url, timeout=10).close()
        except OSError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                process.terminate()
                raise RuntimeError(f"nginx did not start: {process.communicate()[1][-2000:]}") from error
            time.sleep(0.05)
        else:
            return
