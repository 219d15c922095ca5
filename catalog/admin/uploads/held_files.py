"""Uploaded files that wait for a person to look at their preview: on this machine, for an hour, one a session."""

import secrets
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest

from catalog.storage.keys import safe_file_name

PREFIX = "catalog-held-"
KEPT_SECONDS = 3600
SESSION_KEY = "held_upload"


def hold_file(request: HttpRequest, file: "UploadedFile[Any]") -> Path:
    """The file on the disk of this machine, in a folder of its own. What the session held before is gone."""
    release_file(request)
    _remove_old()
    token = secrets.token_hex(16)
    folder = _folder(token)
    folder.mkdir(mode=0o700)
    path = folder / safe_file_name(str(file.name))
    with path.open("wb") as target:
        for chunk in file.chunks():
            target.write(chunk)
    request.session[SESSION_KEY] = token
    return path


def held_token(request: HttpRequest) -> str:
    return str(request.session.get(SESSION_KEY, ""))


def find_held_file(request: HttpRequest, token: str) -> Path | None:
    """The file that this session holds by that token, unless it is gone."""
    if not token or not secrets.compare_digest(token, held_token(request)) or not _folder(token).is_dir():
        return None
    return next(_folder(token).iterdir(), None)


def release_file(request: HttpRequest) -> None:
    token = request.session.pop(SESSION_KEY, "")
    if token:
        shutil.rmtree(_folder(token), ignore_errors=True)


def _folder(token: str) -> Path:
    return Path(tempfile.gettempdir()) / f"{PREFIX}{token}"


def _remove_old() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            is_old = folder.stat().st_mtime < time.time() - KEPT_SECONDS
        except OSError:
            continue
        if is_old:
            shutil.rmtree(folder, ignore_errors=True)
