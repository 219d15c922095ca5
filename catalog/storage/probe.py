"""Trying out what the storage permits, with an object of our own that is removed again."""

import io
import secrets
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from catalog.exceptions import AccessDenied, ObjectExists, ObjectMissing, StorageError, StorageUnreachable
from catalog.storage.interface import catalog_storage

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


@dataclass
class Probe:
    """What worked, and what was denied; `conditional_writes` is None when it could not be tried."""

    location: str
    permitted: dict[str, bool] = field(default_factory=dict)
    conditional_writes: bool | None = None
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
        if self.conditional_writes is False:
            lines.append(
                "The server ignores If-None-Match. Keys carry a digest and are never used again, so objects are safe "
                "from the catalog's own writers; give nobody else write access to this folder."
            )
        return lines


def probe_storage() -> Probe:
    """Make the folder's marker, then put, head, get, put again, list and delete a probe object."""
    storage: Any = catalog_storage()
    token, name = secrets.token_hex(16), f".probe-{secrets.token_hex(8)}"
    probe = Probe(location=storage.uri("").rstrip("/") + "/")
    content = secrets.token_bytes(1024)
    with tempfile.TemporaryDirectory(prefix="catalog-") as folder:
        path = Path(folder) / "probe"
        path.write_bytes(content)
        put = {"upload_token": token, "sha256": ""}
        _attempt(probe, "put", lambda: (storage.make_folder(), storage.put(name, path, **put)))
        if not probe.is_reachable:
            return probe
        if is_put := probe.permitted["put"]:
            _attempt(probe, "head", lambda: _require_same(storage.stat(name).upload_token, token))
            _attempt(probe, "get", lambda: _require_same(_fetch(storage, name), content))
            probe.conditional_writes = _refuses_a_second(storage, name, path)
        _attempt(probe, "list", lambda: storage.listdir(""))
        if is_put:
            _attempt(probe, "delete", lambda: storage.delete_own(name, upload_token=token))
        else:
            with suppress(StorageError):  # it may have been stored all the same
                storage.delete_own(name, upload_token=token)
    return probe


def _attempt(probe: Probe, action: str, attempt: Callable[[], object]) -> None:
    try:
        attempt()
    except StorageError as error:
        probe.is_reachable = not isinstance(error, StorageUnreachable)
        probe.problems.append(str(error))
        probe.permitted[action] = False
        if isinstance(error, AccessDenied | ObjectMissing):
            probe.denied.append(action)
    else:
        probe.permitted[action] = True


def _fetch(storage: Any, name: str) -> bytes:
    target = io.BytesIO()
    storage.fetch(name, target)
    return target.getvalue()


def _require_same(present: object, expected: object) -> None:
    if present != expected:
        raise StorageError("The probe object did not come back as it was written.")


def _refuses_a_second(storage: Any, name: str, path: Path) -> bool | None:
    """Whether writing the key again, as somebody else, is refused."""
    try:
        storage.put(name, path, upload_token=secrets.token_hex(16), sha256="")
    except ObjectExists:
        return True
    except StorageError:
        return None
    return False
