"""Where programs in a container, or on a virtual machine, get their keys: both of AWS's addresses, on loopback."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ROLE = "catalog"


class KeyServer(ThreadingHTTPServer):
    """Each answer has the next of the `pairs`, the last one again and again, which end after `seconds`.

    botocore asks for new keys a quarter of an hour before they end: by default a second after it had them.
    """

    pairs: list[tuple[str, str]]
    seconds: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def next_keys(self) -> dict[str, Any]:
        access_key, secret_key = self.pairs[0]
        self.pairs = self.pairs[1:] or self.pairs
        expires = datetime.now(UTC) + timedelta(seconds=self.seconds)
        keys = {"AccessKeyId": access_key, "SecretAccessKey": secret_key, "Token": None}
        return {"Code": "Success", **keys, "Expiration": f"{expires:%Y-%m-%dT%H:%M:%SZ}"}


class KeyRequest(BaseHTTPRequestHandler):
    server: KeyServer

    def do_PUT(self) -> None:
        """The token without which a virtual machine's address tells nothing."""
        self._answer("a-token")

    def do_GET(self) -> None:
        is_list_of_roles = self.path.endswith("/security-credentials/")
        self._answer(ROLE if is_list_of_roles else json.dumps(self.server.next_keys()))

    def _answer(self, text: str) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@contextmanager
def key_server(pairs: list[tuple[str, str]], *, seconds: int = 15 * 60 + 1) -> Iterator[KeyServer]:
    with KeyServer(("127.0.0.1", 0), KeyRequest) as server:
        server.pairs, server.seconds = pairs, seconds
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
