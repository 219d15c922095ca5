"""An HTTP proxy on loopback between S3's clients and a server, which does to chosen requests what networks do.

Requests go on byte by byte as they came: SigV4 signs the Host header, and the server checks the one that it is sent.
"""

import re
import socket
import ssl
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import IO, Any
from urllib.parse import unquote, urlsplit

from tests.servers.http_messages import CHUNK_BYTES, Head, body_of, read_head

IDLE_SECONDS = 60
# The server closes nothing on its own account: a reset says at once that nobody listens any more.
RESET = struct.pack("ii", 1, 0)
WITHOUT_BODY = {204, 304}


class Kind(StrEnum):
    """What happens to a request. All but the last four never reach the server."""

    REFUSED = "connection refused"  # from then on, until heal()
    RESET_UPLOAD = "reset during the upload"
    SLOW_DOWN = "503 SlowDown"
    ERROR = "500 InternalError"
    EXPIRED = "400 ExpiredToken"
    NO_UPLOAD = "404 NoSuchUpload"
    STALLED = "no answer"
    STALLED_UPLOAD = "a stall during the upload"
    RESET_DOWNLOAD = "reset during the download"
    HALF = "half a response"
    STALLED_DOWNLOAD = "a stall during the download"
    LOST = "an acknowledged write whose answer is lost"


@dataclass
class Fault:
    """Requests of this method whose path holds the pattern: from the `first` on, `times` of them (0: all). With an
    `access_key` only those that it signed, and only from the moment `after` on, as time.monotonic() counts."""

    kind: Kind
    method: str = ""
    path: str = ""
    first: int = 1
    times: int = 1
    seconds: float = 0
    access_key: str = ""
    after: float = 0
    seen: int = 0

    def hits(self, method: str, path: str, signature: str) -> bool:
        is_meant = self.method in {"", method} and re.search(self.path, path) and self.access_key in signature
        if not is_meant or time.monotonic() < self.after:
            return False
        self.seen += 1
        return self.seen >= self.first and (not self.times or self.seen < self.first + self.times)


@dataclass(frozen=True)
class Asked:
    """A request that came; `fault` is what was done to it."""

    method: str
    path: str
    fault: Kind | None


@dataclass
class Proxy:
    """Set `faults`; `asked` tells what came. With `capitalizes` the names of headers arrive Like-This, both ways."""

    upstream: tuple[str, int]
    port: int = 0
    capitalizes: bool = False
    faults: list[Fault] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    released: threading.Event = field(default_factory=threading.Event)
    listener: socket.socket | None = None
    encryption: ssl.SSLContext | None = None

    @property
    def url(self) -> str:
        return f"{'https' if self.encryption else 'http'}://127.0.0.1:{self.port}"

    @property
    def hits(self) -> int:
        """How many requests met a fault."""
        return sum(each.fault is not None for each in self.asked)

    def heal(self) -> None:
        """No faults from now on: stalled requests are let go, and it listens again."""
        with self.lock:
            self.faults, self.asked, self.capitalizes = [], [], False
            self.released.set()
            self.released = threading.Event()
        if self.listener is None:
            self.listen()

    def listen(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", self.port), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def close(self) -> None:
        """Refuse connections from now on."""
        listener, self.listener = self.listener, None
        if listener:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)  # which wakes the thread that accepts
            listener.close()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                client.settimeout(IDLE_SECONDS)
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        """The requests of one connection, one after another, until one of them fails."""
        if self.encryption:
            try:
                client = self.encryption.wrap_socket(client, server_side=True)
            except OSError:  # a client that does not trust the certificate
                return
        with client, client.makefile("rb") as stream, suppress(OSError, _Closed):
            while head := read_head(stream):
                method, path = head.first_line[0], unquote(head.first_line[1])
                with self.lock:
                    signature = head.headers.get("Authorization", "")
                    fault = next((fault for fault in self.faults if fault.hits(method, path, signature)), None)
                    self.asked.append(Asked(method, path, fault and fault.kind))
                if "100-continue" in head.headers.get("Expect", "").lower():
                    client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
                _Exchange(self, client, stream, head, fault).run()


class _Closed(Exception):
    """The connection is at its end."""


@dataclass
class _Exchange:
    """One request and its answer."""

    proxy: Proxy
    client: socket.socket
    stream: IO[bytes]
    head: Head
    fault: Fault | None

    def run(self) -> None:
        kind = self.fault and self.fault.kind
        if kind in {Kind.RESET_UPLOAD, Kind.STALLED_UPLOAD}:
            self._read_body(self.head.length // 2)
            self._stall_or_reset()
        body = self._read_body(self.head.length)
        if kind in {Kind.SLOW_DOWN, Kind.ERROR, Kind.EXPIRED, Kind.NO_UPLOAD}:
            self._answer(kind)
            return
        if kind in {Kind.STALLED, Kind.REFUSED}:
            if kind is Kind.REFUSED:
                self.proxy.close()
            self._stall_or_reset()
        with socket.create_connection(self.proxy.upstream, timeout=IDLE_SECONDS) as server:
            server.sendall(self._named(self.head))
            for chunk in body:
                server.sendall(chunk)
            with server.makefile("rb") as answers:
                self._hand_back(answers)

    def _named(self, head: Head) -> bytes:
        if not self.proxy.capitalizes:
            return head.raw
        return re.sub(rb"(?m)^[A-Za-z-]+(?=:)", lambda name: name[0].title(), head.raw)

    def _hand_back(self, answers: IO[bytes]) -> None:
        answer = read_head(answers)
        while answer and answer.first_line[1] == "100":
            answer = read_head(answers)
        if not answer:
            raise _Closed
        kind = self.fault and self.fault.kind
        if kind is Kind.LOST:
            self._stall_or_reset()
        self.client.sendall(self._named(answer))
        if self.head.first_line[0] == "HEAD" or int(answer.first_line[1]) in WITHOUT_BODY:
            return
        body = body_of(answers, answer)
        if kind in {Kind.RESET_DOWNLOAD, Kind.HALF, Kind.STALLED_DOWNLOAD}:
            content = b"".join(body)
            self.client.sendall(content[: len(content) // 2])
            if kind is Kind.HALF:
                raise _Closed
            self._stall_or_reset()
        for chunk in body:
            self.client.sendall(chunk)

    def _read_body(self, length: int) -> list[bytes]:
        chunks = []
        while length > 0:
            chunk = self.stream.read(min(CHUNK_BYTES, length))
            if not chunk:
                raise _Closed
            chunks.append(chunk)
            length -= len(chunk)
        return chunks

    def _answer(self, kind: Kind) -> None:
        status, _, code = kind.partition(" ")
        text = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>Try again later.</Message></Error>"
        length = f"Content-Type: application/xml\r\nContent-Length: {len(text)}\r\n"
        body = "" if self.head.first_line[0] == "HEAD" else text
        self.client.sendall(f"HTTP/1.1 {status} {code}\r\n{length}\r\n{body}".encode())

    def _stall_or_reset(self) -> None:
        assert self.fault
        if self.fault.kind in {Kind.STALLED, Kind.STALLED_UPLOAD, Kind.STALLED_DOWNLOAD}:
            self.proxy.released.wait(self.fault.seconds)
        self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        raise _Closed


@contextmanager
def proxy(endpoint_url: str, encryption: ssl.SSLContext | None = None) -> Iterator[Proxy]:
    """A proxy to the server at that address; it stops at the end."""
    address: Any = urlsplit(endpoint_url)
    running = Proxy((address.hostname, address.port), encryption=encryption)
    running.listen()
    try:
        yield running
    finally:
        running.heal()
        running.close()
