"""Ceph's S3 gateway (Debian's radosgw, ceph-mon and ceph-osd): a cluster of one on loopback whose data is in memory."""

import secrets
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tests.servers.ports import free_ports

PROGRAMS = ("ceph", "ceph-mon", "ceph-osd", "monmaptool", "radosgw", "radosgw-admin")
READY_WITHIN_SECONDS = 120
REGION = "us-east-1"
# No keys between the daemons, one copy of everything, and pools as small as they come.
CONFIGURATION = """
[global]
fsid = {fsid}
run dir = {folder}
log file = {folder}/$name.log
pid file = {folder}/$name.pid
admin socket = {folder}/$name.asok
crash dir = {folder}
auth cluster required = none
auth service required = none
auth client required = none
ms mon client mode = crc
ms bind ipv6 = false
public addr = 127.0.0.1
cluster addr = 127.0.0.1
mon initial members = a
mon host = {monitor}
mon data = {folder}/mon
mon allow pool size one = true
mon data avail crit = 1
mon max pg per osd = 1000
osd data = {folder}/osd
osd objectstore = memstore
memstore device bytes = 2147483648
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0

[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:{port}
"""


@dataclass(frozen=True)
class Ceph:
    """A running server with one user and an empty bucket."""

    endpoint_url: str
    bucket: str = "catalog"
    access_key: str = field(default_factory=lambda: secrets.token_hex(12))
    secret_key: str = field(default_factory=lambda: secrets.token_hex(12))

    def environment(self, location: str) -> dict[str, str]:
        """The AWS_* variables of a machine that uses the bucket."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_BUCKET_NAME": self.bucket,
            "AWS_LOCATION": location,
        }

    def client(self) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint_url,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            region_name=REGION,
            config=Config(connect_timeout=2, read_timeout=30, retries={"total_max_attempts": 1}),
        )


def is_ceph_installed() -> bool:
    return all(map(shutil.which, PROGRAMS))


@contextmanager
def ceph() -> Iterator[Ceph]:
    """It is killed and its files are removed at the end."""
    first, second, port = free_ports(3)
    server = Ceph(f"http://127.0.0.1:{port}")
    with tempfile.TemporaryDirectory(prefix="ceph-", ignore_cleanup_errors=True) as name:
        folder, fsid = Path(name), str(uuid.uuid4())
        monitor = f"[v2:127.0.0.1:{first},v1:127.0.0.1:{second}]"
        (folder / "ceph.conf").write_text(CONFIGURATION.format(fsid=fsid, folder=folder, monitor=monitor, port=port))
        cluster = _Cluster(folder)
        try:
            cluster.start_monitor(fsid, monitor)
            cluster.start_store()
            cluster.start_gateway(server)
            yield server
        finally:
            for process in reversed(cluster.processes):
                process.kill()
                process.wait()


@dataclass
class _Cluster:
    folder: Path
    processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def start_monitor(self, fsid: str, monitor: str) -> None:
        monitors = self.folder / "monmap"
        self._run("monmaptool", "--create", "--fsid", fsid, "--addv", "a", monitor, monitors)
        (self.folder / "mon").mkdir()
        self._run("ceph-mon", "-i", "a", "--mkfs", "--monmap", monitors)
        self._start("ceph-mon", "-i", "a")
        self._wait_for(lambda: self._run("ceph", "--connect-timeout", 5, "status"))

    def start_store(self) -> None:
        identity = uuid.uuid4()
        self._run("ceph", "osd", "new", identity, 0)
        (self.folder / "osd").mkdir()
        self._run("ceph-osd", "-i", 0, "--mkfs", "--osd-uuid", identity)
        self._start("ceph-osd", "-i", 0)

    def start_gateway(self, server: Ceph) -> None:
        keys = ("--access-key", server.access_key, "--secret", server.secret_key)
        self._run("radosgw-admin", "-n", "client.rgw", "user", "create", "--uid=a", "--display-name=a", *keys)
        self._start("radosgw", "-n", "client.rgw")
        client = server.client()
        try:
            self._wait_for(lambda: client.create_bucket(Bucket=server.bucket))
        finally:
            client.close()

    def _run(self, program: str, *arguments: object) -> None:
        command = [program, "-c", self.folder / "ceph.conf", *arguments]
        subprocess.run(list(map(str, command)), check=True, capture_output=True, timeout=READY_WITHIN_SECONDS)

    def _start(self, program: str, *arguments: object) -> None:
        command = list(map(str, [program, "-c", self.folder / "ceph.conf", "-f", *arguments]))
        with (self.folder / f"{program}.out").open("wb") as output:
            self.processes.append(subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT))

    def _wait_for(self, attempt: Callable[[], object]) -> None:
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while True:
            try:
                attempt()
            except (subprocess.CalledProcessError, BotoCoreError, ClientError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.3)
            else:
                return
