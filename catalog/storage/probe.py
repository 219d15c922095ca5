"""Trying out what the storage permits, with an object of our own that is removed again."""

import io
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from catalog.exceptions import AccessDenied, ObjectExists, ObjectMissing, StorageError, StorageUnreachable
from catalog.storage.interface import catalog_storage, new_upload_token
from catalog.temporary_files import temporary_folder

NEEDED = ("put", "get", "head")
ACTIONS = {
    "put": "s3:PutObject",
    "get": "s3:GetObject",
    "head": "s3:GetObject",
    "delete": "s3:DeleteObject",
    "list": "s3:ListBucket",
}
WITHOUT = {
    "delete": "Without delete, the objects of failed and removed versions stay in the bucket.",
    "list": "Without list, objects that no row knows can't be looked for; all else works.",
}
WRITES, MULTIPART = "conditional writes", "conditional multipart uploads"
SAID_OF = {WRITES: "on PUT", MULTIPART: "on completing a multipart upload"}
UNCONDITIONAL = (
    "The server ignores If-None-Match {where}. Keys carry a digest and are never used again, so objects are safe from "
    "the catalog's own writers; give nobody else write access to this folder."
)
# To the command that shows what is found here.
REFERRAL = " `manage.py check_storage`"
FOLDER_REMOVED = (
    "The server takes the folder's marker for a file and refused to write below it: the marker was removed again. "
    "The catalog does not need it."
)


@dataclass
class Probe:
    """What worked, and what was denied.

    `conditional` says by way of writing whether a key that is taken is refused; None when it could not be tried.
    """

    location: str
    permitted: dict[str, bool] = field(default_factory=dict)
    conditional: dict[str, bool | None] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    denied: list[str] = field(default_factory=list)
    is_reachable: bool = True

    @property
    def is_sufficient(self) -> bool:
        return all(self.permitted.get(name, False) for name in NEEDED)

    @property
    def advice(self) -> list[str]:
        lines = [
            f"To permit {name}: allow {ACTIONS[name]} on {self.location}{'' if name == 'list' else '*'}. "
            f"{WITHOUT.get(name, 'The catalog needs it.')}"
            for name in self.denied
        ]
        if ignored := [SAID_OF[way] for way, works in self.conditional.items() if works is False]:
            lines.append(UNCONDITIONAL.format(where=" and ".join(ignored)))
        return lines


def probe_storage(*, make_folder: bool = False) -> Probe:
    """Put, head, get, put again, list and delete a probe object; with `make_folder`, make the folder's marker first."""
    storage: Any = catalog_storage()
    probe = Probe(location=storage.uri("").rstrip("/") + "/")
    with temporary_folder() as folder:
        path = folder / "probe"
        path.write_bytes(secrets.token_bytes(1024))
        attempts = _Attempts(storage, probe, path)
        try:
            attempts.run(make_folder)
        except KeyboardInterrupt:
            with suppress(StorageError):
                attempts.delete()
            raise
    return probe


@dataclass
class _Attempts:
    """`tokens` are those that the probe object may carry: a server that ignores conditions takes each write."""

    storage: Any
    probe: Probe
    path: Path
    key: str = field(default_factory=lambda: f".probe-{secrets.token_hex(8)}")
    tokens: list[str] = field(default_factory=lambda: [new_upload_token()])

    def run(self, make_folder: bool) -> None:
        self._attempt("put", lambda: self._put_below_marker() if make_folder else self._put())
        if not self.probe.is_reachable:
            return
        if is_put := self.probe.permitted["put"]:
            self._attempt("head", lambda: _require_same(self.storage.stat(self.key).upload_token, self.tokens[0]))
            self._attempt("get", lambda: _require_same(self._fetch(), self.path.read_bytes()))
            self.probe.conditional[WRITES] = self._is_refused(self.storage.put, sha256="")
            if hasattr(self.storage, "put_in_parts"):
                self.probe.conditional[MULTIPART] = self._is_refused(self.storage.put_in_parts)
        self._attempt("list", lambda: self.storage.listdir(""))
        if is_put:
            self._attempt("delete", self.delete)
        else:
            with suppress(StorageError):  # it may have been stored all the same
                self.delete()

    def _attempt(self, action: str, attempt: Callable[[], object]) -> None:
        try:
            attempt()
        except StorageError as error:
            self.probe.is_reachable = not isinstance(error, StorageUnreachable)
            self.probe.problems.append(str(error).partition(REFERRAL)[0])
            self.probe.permitted[action] = False
            if isinstance(error, AccessDenied | ObjectMissing):
                self.probe.denied.append(action)
        else:
            self.probe.permitted[action] = True

    def _put(self) -> None:
        self.storage.put(self.key, self.path, upload_token=self.tokens[0], sha256="")

    def _put_below_marker(self) -> None:
        is_made = self.storage.make_folder()
        try:
            self._put()
        except StorageError as error:
            if not is_made or isinstance(error, StorageUnreachable):
                raise
            self.storage.remove_folder()
            self._put()
            self.probe.problems.append(FOLDER_REMOVED)

    def _fetch(self) -> bytes:
        target = io.BytesIO()
        self.storage.fetch(self.key, target)
        return target.getvalue()

    def _is_refused(self, put: Callable[..., None], **options: str) -> bool | None:
        """Whether writing the key again, as somebody else, is refused."""
        self.tokens.append(new_upload_token())
        try:
            put(self.key, self.path, upload_token=self.tokens[-1], **options)
        except ObjectExists:
            return True
        except StorageError:
            return None
        return False

    def delete(self) -> None:
        present = self.storage.stat(self.key).upload_token
        if present not in self.tokens or not self.storage.delete_own(self.key, upload_token=present):
            raise StorageError(f"{self.storage.uri(self.key)} is still there. Delete it by hand.")


def _require_same(present: object, expected: object) -> None:
    if present != expected:
        raise StorageError("The probe object did not come back as it was written.")
