"""A catalog whose storage is reached through a proxy that fails on purpose. Its commands run in the test's process."""

import io
import secrets
import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.management import CommandError, call_command
from django.utils import timezone

from catalog.models import DatasetVersion, ModelVersion, Prediction
from catalog.services.integrity.findings import Finding, FindingKind, Verified
from catalog.services.integrity.repair import repair_catalog
from catalog.services.integrity.verify.verify_catalog import verify_catalog
from catalog.services.persistence import manifests
from catalog.storage.interface import catalog_storage
from tests.factories import write_csv
from tests.s3.bucket import Bucket
from tests.servers.proxy import Proxy
from tests.servers.seaweedfs import REGION, SeaweedFS
from tests.services import snapshots

LATER = timedelta(days=2)
# How long the server may be silent: short where it is so on purpose, long where it is only busy.
SHORT_SECONDS, LONG_SECONDS = 0.5, 20


@dataclass(frozen=True)
class Catalog:
    """With `departures:1` and `late:1`; `source` and `address` are a file and a folder of objects to work on."""

    settings: Any
    proxy: Proxy
    seaweed: SeaweedFS
    bucket: Bucket
    folder: str
    source: Path

    @property
    def address(self) -> str:
        return f"s3://{self.bucket.name}/{self.folder}-elsewhere"

    def objects(self) -> dict[str, str]:
        """ETags by key of all that lies in the catalog's folder."""
        found = self.bucket.client.list_objects_v2(Bucket=self.bucket.name, Prefix=f"{self.folder}/")["Contents"]
        return {each["Key"].removeprefix(f"{self.folder}/"): each["ETag"] for each in found}

    def read(self, key: str) -> bytes:
        return self.bucket.read(f"{self.folder}/{key}")

    def run(self, command: str) -> str:
        """What the command said against it, or nothing when it ended well; `{source}` and `{address}` are filled in."""
        is_silent = any(fault.seconds for fault in self.proxy.faults)
        self.connect(self.proxy.url, SHORT_SECONDS if is_silent else LONG_SECONDS)
        words = [word.format(source=self.source, address=self.address) for word in command.split()]
        try:
            call_command(*words, stdout=io.StringIO(), stderr=io.StringIO())
        except CommandError as error:
            return str(error)
        return ""

    def connect(self, endpoint_url: str, timeout_seconds: float) -> None:
        """Let the catalog reach its storage at this address from now on."""
        disconnect()
        options = {
            "endpoint_url": endpoint_url,
            "access_key": self.seaweed.access_key,
            "secret_key": self.seaweed.secret_key,
            "security_token": None,
            "region_name": REGION,
        }
        storage = {"bucket_name": self.bucket.name, "location": self.folder, **options}
        self.settings.CATALOG["S3_TIMEOUT_SECONDS"] = timeout_seconds
        self.settings.CATALOG["S3_OPTIONS"] = options
        self.settings.STORAGES = {
            **self.settings.STORAGES,
            "default": {"BACKEND": "catalog.storage.s3.S3CatalogStorage", "OPTIONS": storage},
        }

    def findings(self) -> list[Finding]:
        """What verify_catalog --deep will find in two days, when nothing is too young to be judged."""
        self.proxy.heal()
        manifests.storage_pause.until = manifests.overdue_pause.until = 0  # as in a process of its own
        self.connect(self.seaweed.endpoint_url, LONG_SECONDS)
        return verify_catalog(deep=True, now=timezone.now() + LATER).findings

    def assert_sound(self, before: dict[str, str]) -> None:
        """Nothing is lost, overwritten, half-done or left behind."""
        found = self.findings()
        assert found == [], found
        self._assert_kept(before)

    def assert_recovers(self, before: dict[str, str]) -> None:
        """Nothing is lost or overwritten; what a fault left behind is of writes that failed, and can be removed."""
        found = self.findings()
        assert {finding.kind for finding in found} <= {FindingKind.ORPHAN, FindingKind.MANIFEST_WAITING}, found
        repair_catalog(verified=Verified(found), actor="ada", now=timezone.now() + LATER)
        self.assert_sound(before)

    def _assert_kept(self, before: dict[str, str]) -> None:
        now = self.objects()
        assert {key for key in before if now.get(key) != before[key]} == set()
        for row in (*DatasetVersion.objects.all(), *ModelVersion.objects.all(), *Prediction.objects.all()):
            assert row.status in {"READY", "FAILED"}, f"{row} is {row.status}"


def make_catalog(settings: Any, proxy: Proxy, seaweed: SeaweedFS, bucket: Bucket, tmp_path: Path) -> Catalog:
    """A catalog in a folder of the bucket of its own."""
    snapshots.late_version().restore()
    folder, local = f"faults/{secrets.token_hex(6)}", snapshots.location()
    _copy_objects(local, bucket, folder)
    shutil.rmtree(local)
    made = Catalog(settings, proxy, seaweed, bucket, folder, write_csv(snapshots.departures(), tmp_path, "new.csv"))
    bucket.write(f"{folder}-elsewhere/in.csv", made.source.read_bytes())
    # What the copied rows have no manifests of yet, being made within a transaction that was undone.
    repair_catalog(verified=Verified(made.findings()), actor="ada")
    return made


def disconnect() -> None:
    storage: Any = catalog_storage()
    if hasattr(storage, "client"):
        storage.client.close()


def _copy_objects(local: Path, bucket: Bucket, folder: str) -> None:
    """With the tokens of their rows, which a hidden name beside each file tells."""
    for path in local.rglob("*"):
        if path.is_file() and not path.name.startswith("."):
            tokens = [mark.name.rpartition("~")[2] for mark in path.parent.glob(f".{path.name}~*")]
            extra = {"Metadata": {"upload-token": tokens[0]}}
            bucket.client.upload_file(
                str(path), bucket.name, f"{folder}/{path.relative_to(local).as_posix()}", ExtraArgs=extra
            )
