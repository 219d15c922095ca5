"""What an archive holds, and how a catalog goes into it and comes out again.

One .tar.xz with `archive.json`, which says what was made with what, and a folder for each catalog:

work/            the folder in which the commands ran: the files that they read and wrote, and the local store's objects
database.sqlite3 or database.sql
                 SQLite's file, or what pg_dump writes, which any PostgreSQL of that release or a later one reads
bucket/          the bytes of each object in the bucket, at its key; bucket.json holds their content types and metadata
"""

import json
import re
import sqlite3
import subprocess
import tarfile
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.servers.postgres import Postgres
from tests.servers.seaweedfs import SeaweedFS

FOLDER = Path(__file__).parent / "catalogs"
FORMAT = 1
DESCRIPTION = "archive.json"
SQLITE, POSTGRES = "sqlite-local", "postgres-s3"
# The folder that a process runs in: an address that is absolute, names no machine, and holds wherever it is unpacked.
HERE = "/proc/self/cwd"
LOCAL_STORE = {"DJANGO_SETTINGS_MODULE": "tests.s3.local_settings", "LOCAL_OBJECTS": f"{HERE}/objects"}
# Of a dump: what only psql understands.
PSQL_COMMANDS = re.compile(r"^\\.*\n", re.MULTILINE)


def pack(folder: Path, target: Path) -> None:
    """All files of the folder, without owners; a file with two names, as the local store makes them, stays one."""
    with tarfile.open(target, "w:xz", preset=9) as archive:
        for path in sorted(folder.rglob("*")):
            archive.add(path, path.relative_to(folder), recursive=False, filter=_without_owner)


def unpack(archive: Path, folder: Path) -> dict[str, Any]:
    """The archive's description."""
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    description: dict[str, Any] = json.loads((folder / DESCRIPTION).read_text())
    assert description["format"] == FORMAT
    return description


def _without_owner(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def dump_sqlite(database: Path, folder: Path) -> None:
    """One file, with what its write-ahead log holds."""
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(folder / "database.sqlite3")) as copy:
        source.backup(copy)


def dump_postgres(server: Postgres, name: str, folder: Path) -> None:
    options = ["--inserts", "--no-owner", "--no-privileges", "--username", server.user, "--dbname", name]
    command = ["pg_dump", "--host", str(server.socket_folder), *options]
    dumped = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    (folder / "database.sql").write_text(PSQL_COMMANDS.sub("", dumped))


def restore_postgres(server: Postgres, name: str, folder: Path) -> str:
    """The DATABASE_URL of a new database of this name with what was dumped."""
    database_url = server.database_url(name)
    with server.connect(name) as connection:
        connection.execute((folder / "database.sql").read_bytes())
    return database_url


def dump_bucket(server: SeaweedFS, folder: Path) -> None:
    """Every object of the bucket, without the folders' markers."""
    with closing(server.client()) as client:
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=server.bucket)
        keys = [entry["Key"] for page in pages for entry in page["Contents"] if not entry["Key"].endswith("/")]
        objects = [_dump_object(client, server.bucket, key, folder / "bucket" / key) for key in keys]
    (folder / "bucket.json").write_text(json.dumps(objects, indent=1))


def _dump_object(client: Any, bucket: str, key: str, path: Path) -> dict[str, Any]:
    answer = client.get_object(Bucket=bucket, Key=key)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(answer["Body"].read())
    return {"Key": key, "ContentType": answer["ContentType"], "Metadata": answer["Metadata"]}


def restore_bucket(client: Any, bucket: str, folder: Path) -> None:
    """Put every object where it lay, as it was, into a bucket of that name."""
    if bucket not in {entry["Name"] for entry in client.list_buckets()["Buckets"]}:
        client.create_bucket(Bucket=bucket)
    for headers in json.loads((folder / "bucket.json").read_text()):
        client.put_object(Bucket=bucket, Body=(folder / "bucket" / headers["Key"]).read_bytes(), **headers)
