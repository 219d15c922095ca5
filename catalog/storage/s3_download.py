"""Downloading an object in parts by several connections at once, each of which writes what it receives.

s3transfer gives what was received to a thread that writes, and holds what waits for that thread: it takes more memory,
or more time (docs/performance.md).
"""

from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing
from threading import Lock
from typing import IO, Any

from botocore.exceptions import ClientError, IncompleteReadError, ReadTimeoutError, ResponseStreamingError

from catalog.storage.interface import OnBytes
from catalog.storage.s3_errors import error_code

MIB = 1024 * 1024
PART_BYTES = 16 * MIB
PIECE_BYTES = MIB // 4
CONNECTIONS = 8
ATTEMPTS = 3  # to go on where a body broke off; botocore tries each request three times
BROKEN_BODIES = (IncompleteReadError, ReadTimeoutError, ResponseStreamingError)
EMPTY = {"InvalidRange", "416"}


def download(client: Any, bucket: str, key: str, target: IO[bytes], *, on_bytes: OnBytes | None = None) -> None:
    """Write the object's bytes into the open file, in any order. An object of one part takes one request.

    Raises what the client does: a ClientError PreconditionFailed when the object changed between two requests.
    """
    _Download(client, bucket, key, target, on_bytes).run()


class _Download:
    def __init__(self, client: Any, bucket: str, key: str, target: IO[bytes], on_bytes: OnBytes | None) -> None:
        self.client, self.bucket, self.key = client, bucket, key
        self.target, self.on_bytes = target, on_bytes
        self.writing = Lock()
        self.unchanged: dict[str, str] = {}
        self.is_given_up = False

    def run(self) -> None:
        answer = self._first_answer()
        self.unchanged = {"IfMatch": answer["ETag"]} if answer.get("ETag") else {}
        first = answer["ContentLength"]
        size = int(answer.get("ContentRange", f"/{first}").rpartition("/")[2])
        if first == size:
            self._receive(0, size, answer)
            return
        with ThreadPoolExecutor(CONNECTIONS - 1, "download") as threads:
            try:
                starts = range(first, size, PART_BYTES)
                parts = [threads.submit(self._receive, at, min(at + PART_BYTES, size)) for at in starts]
                self._receive(0, first, answer)
                for part in as_completed(parts):
                    part.result()
            except BaseException:
                self.is_given_up = True
                threads.shutdown(wait=False, cancel_futures=True)
                raise

    def _first_answer(self) -> Any:
        try:
            return self._get(Range=f"bytes=0-{PART_BYTES - 1}")
        except ClientError as error:
            if error_code(error) not in EMPTY:
                raise
            return self._get()

    def _get(self, **options: str) -> Any:
        return self.client.get_object(Bucket=self.bucket, Key=self.key, **options)

    def _receive(self, at: int, end: int, answer: Any = None) -> None:
        """Write the bytes from `at` to before `end`; the body of `answer`, if it is given, begins there."""
        for attempt in range(1, ATTEMPTS + 1):
            if self.is_given_up:
                return
            try:
                answer = answer or self._get(Range=f"bytes={at}-{end - 1}", **self.unchanged)
                with closing(answer["Body"]) as body:
                    while not self.is_given_up and (piece := body.read(PIECE_BYTES)):
                        self._write(at, piece)
                        at += len(piece)
                return
            except BROKEN_BODIES:
                if attempt == ATTEMPTS:
                    self.is_given_up = True
                    raise
                answer = None
            except BaseException:
                self.is_given_up = True
                raise

    def _write(self, at: int, piece: bytes) -> None:
        with self.writing:
            self.target.seek(at)
            self.target.write(piece)
            if self.on_bytes:
                self.on_bytes(len(piece))
