"""HTTP messages byte by byte as they came, for a proxy that changes nothing of them."""

import http.client
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

CHUNK_BYTES = 64 * 1024


@dataclass
class Head:
    """The first line and the headers of a message, as they came."""

    raw: bytes
    first_line: list[str]
    headers: http.client.HTTPMessage

    @property
    def length(self) -> int:
        return int(self.headers.get("Content-Length", 0))


def read_head(stream: IO[bytes]) -> Head | None:
    """The head of the next message; None at the end of the connection."""
    first = stream.readline()
    if not first:
        return None
    lines = []
    while (line := stream.readline()) not in {b"\r\n", b"\n", b""}:
        lines.append(line)
    rest = b"".join(lines) + b"\r\n"
    return Head(first + rest, first.decode("latin-1").split(), http.client.parse_headers(io.BytesIO(rest)))


def body_of(stream: IO[bytes], head: Head) -> Iterator[bytes]:
    """The raw bytes of the body, with the marks of its chunks if it comes in such."""
    if "chunked" not in head.headers.get("Transfer-Encoding", ""):
        left = head.length
        while left and (chunk := stream.read(min(CHUNK_BYTES, left))):
            left -= len(chunk)
            yield chunk
        return
    while line := stream.readline():
        size = int(line.split(b";")[0], 16)
        yield line + stream.read(size + 2)
        if not size:
            return
