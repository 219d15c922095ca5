"""What files and databases answer, in one line for people."""

import errno
import shutil
import tempfile
from pathlib import Path

from django.db import DatabaseError, connection

from catalog.management.output import size_text

# PostgreSQL's states of a server that stops or starts, or has no room, and of names that no table or column has.
SHUTDOWN, DISK_FULL, NO_TABLE, NO_COLUMN = "57P", "53100", "42P01", "42703"
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def file_problem(error: OSError) -> str:
    """One line, with what to do where a disk is full."""
    if error.errno not in FULL:
        return f"{error.strerror or error}: {str(error.filename or 'input or output')[:200]}."
    places = error.filename or f"{_where_commands_write()} or where the result goes"
    return f"The disk is full ({error.strerror}). Make room in {places}, and run the command again."


def _where_commands_write() -> str:
    """The folders with what is free there, the fullest disk first."""
    from catalog.conf import catalog_settings
    from catalog.storage.interface import catalog_storage

    places = {Path(tempfile.gettempdir()): "TMPDIR", catalog_settings().cache_dir: "CATALOG_CACHE_DIR"}
    objects = catalog_storage().uri("")
    if "://" not in objects:
        places[Path(objects)] = "objects"
    free = {path: _free_bytes(path) for path in places}
    told = [
        f"{path} ({places[path]}, {size_text(free[path])} free)" for path in sorted(places, key=lambda path: free[path])
    ]
    return ", ".join(told)


def _free_bytes(folder: Path) -> int:
    """Of its disk, also where the folder is not made yet."""
    return shutil.disk_usage(next(path for path in (folder, *folder.absolute().parents) if path.exists())).free


def database_problem(error: DatabaseError) -> str:
    """One line, with what to do."""
    first = str(error).strip().partition("\n")[0]
    state = str(getattr(error.__cause__, "sqlstate", ""))
    # SQLite speaks of an I/O error where not even the index of its log fits.
    if "is full" in first or "disk I/O error" in first or state == DISK_FULL:
        return "The disk of the database is full. Make room there and run the command again."
    if "no such table" in first or state == NO_TABLE:
        return "The database has no tables for the catalog yet. Run: manage.py migrate."
    if "no such column" in first or "has no column named" in first or state == NO_COLUMN:
        return f"The tables of the database are not those of this version ({first}). Run: manage.py migrate."
    advice = "Run the command again when it is back." if state.startswith(SHUTDOWN) else "Check DATABASE_URL."
    return f"The database ({connection.vendor}) answered: {first}. {advice}"
