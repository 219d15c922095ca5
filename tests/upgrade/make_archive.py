"""Archives two catalogs as this commit makes them, for the tests of every later commit.

    python -m tests.upgrade.make_archive 0002

writes tests/upgrade/catalogs/0002.tar.xz. Make one with the last commit before a change of what is stored (a migration,
a manifest, a key, a job's request, an artifact), in a clean checkout, and never change it afterwards: its manifests are
signed. It takes a few minutes, and what `make test` needs. tests/upgrade/archive.py says what is in it; the tests find
each archive by themselves.

Models load with the minor release of scikit-learn that they were trained with. When that pin moves in requirements.in,
make each archive again with the commit that made it, which its versions have as `code_revision`, and the new pin.
"""

import json
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any

from tests.s3.machine import PROJECT, Machine
from tests.servers.postgres import Postgres, postgres
from tests.servers.seaweedfs import SeaweedFS, seaweedfs
from tests.upgrade import archive
from tests.upgrade.ingredients import write_models, write_months, write_tables
from tests.upgrade.life import PICKLES, Life, live
from tests.upgrade.machine_traces import traces_of

LOCATION, DATABASE = "teams/blue", "catalog_before"
SIGNED = {"CATALOG_MANIFEST_KEY": "a key that signs nothing but catalogs of tests"}
# Python imports it before anything else: what jobs and versions record of the machine is the same wherever this runs.
NAMELESS = """import platform, socket
socket.gethostname = lambda: "worker"
platform.platform = lambda *ignored: platform.system()
"""
MODELS = ("late", "delay", "bought")


@dataclass(frozen=True)
class Place:
    """Where all of it is made; `packed` becomes the archive."""

    folder: Path

    @property
    def packed(self) -> Path:
        return self.folder / "packed"

    def machine(self, name: str, database_url: str, variables: dict[str, str]) -> Machine:
        folder = self.folder / name
        nameless = folder / "nameless"
        nameless.mkdir(parents=True)
        (nameless / "sitecustomize.py").write_text(NAMELESS)
        paths = {"PYTHONPATH": f"{nameless}:{PROJECT}"}
        machine = Machine.make(folder, database_url, {**variables, **paths})
        write_tables(machine.work)
        write_models(machine.work)
        (machine.work / "expected").mkdir()
        (self.packed / name).mkdir(parents=True)
        return machine


def main(name: str) -> None:
    target = archive.FOLDER / f"{name}.tar.xz"
    with tempfile.TemporaryDirectory(prefix="archive-") as text, seaweedfs() as s3, postgres() as database:
        place = Place(Path(text))
        catalogs = {archive.SQLITE: _with_sqlite(place), archive.POSTGRES: _with_postgres(place, s3, database)}
        described = {
            "format": archive.FORMAT,
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "scikit-learn": metadata.version("scikit-learn"),
            "catalogs": catalogs,
        }
        (place.packed / archive.DESCRIPTION).write_text(json.dumps(described, indent=1))
        paths = [text, str(PROJECT), sys.prefix, str(Path.home()), s3.endpoint_url]
        if traces := traces_of(place.packed, paths, socket.gethostname()):
            sys.exit("\n".join(["The archive would name this machine:", *traces]))
        archive.pack(place.packed, target)
    sys.stdout.write(f"{target}: {target.stat().st_size:,} bytes\n")


def _with_sqlite(place: Place) -> dict[str, Any]:
    """A catalog in an SQLite file and the local store, whose manifests are not signed."""
    database, packed = place.folder / "catalog.sqlite3", place.packed / archive.SQLITE
    machine = place.machine(archive.SQLITE, f"sqlite:///{database}", archive.LOCAL_STORE)
    write_months(machine.work / "months")
    (machine.work / "scored").mkdir()
    occupy = partial(_occupy_file, machine.work / "objects")
    life = Life(machine, f"{archive.HERE}/months/", f"{archive.HERE}/scored/", occupy)
    live(life)
    predictions = _predictions(life)
    archive.dump_sqlite(database, packed)
    machine.work.rename(packed / "work")
    return {"variables": PICKLES, "predictions": predictions}


def _with_postgres(place: Place, s3: SeaweedFS, server: Postgres) -> dict[str, Any]:
    """A catalog in PostgreSQL and a bucket, whose manifests are signed."""
    packed, variables = place.packed / archive.POSTGRES, {**s3.environment(LOCATION), **SIGNED}
    machine = place.machine(archive.POSTGRES, server.database_url(DATABASE), variables)
    months = place.folder / "months"
    write_months(months)
    with closing(s3.client()) as client:
        for path in months.iterdir():
            client.put_object(Bucket=s3.bucket, Key=f"flights/months/{path.name}", Body=path.read_bytes())
        addresses = (f"s3://{s3.bucket}/flights/{name}/" for name in ("months", "scored"))
        life = Life(machine, *addresses, partial(_occupy_object, client, s3.bucket))
        live(life)
    predictions = _predictions(life)
    archive.dump_postgres(server, DATABASE, packed)
    archive.dump_bucket(s3, packed)
    machine.work.rename(packed / "work")
    kept = {"AWS_BUCKET_NAME": s3.bucket, "AWS_LOCATION": LOCATION, **SIGNED, **PICKLES}
    return {"variables": kept, "predictions": predictions}


def _predictions(life: Life) -> dict[str, dict[str, Any]]:
    """By version in use what `predict` writes for `later.csv`, and the options with which it did."""
    ready = [
        version["reference"]
        for name in MODELS
        for version in life.json("versions", name)["versions"]
        if version["state"] == "READY"
    ]
    return {reference: _predict(life, reference) for reference in ready}


def _predict(life: Life, reference: str) -> dict[str, Any]:
    output = f"expected/{reference.replace(':', '-')}.csv"
    for options in (["--proba"], []):
        process = life.start("predict", reference, "-i", "later.csv", "-o", output, *options, **PICKLES)
        process.communicate()
        if process.returncode == 0:
            return {"output": output, "options": options}
    raise RuntimeError(f"{reference} does not predict.")


@contextmanager
def _occupy_file(objects: Path, key: str) -> Iterator[None]:
    path = objects / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("somebody else's")
    yield
    path.unlink()


@contextmanager
def _occupy_object(client: Any, bucket: str, key: str) -> Iterator[None]:
    key = f"{LOCATION}/{key}"
    client.put_object(Bucket=bucket, Key=key, Body=b"somebody else's")
    yield
    client.delete_object(Bucket=bucket, Key=key)


if __name__ == "__main__":
    main(*sys.argv[1:])
