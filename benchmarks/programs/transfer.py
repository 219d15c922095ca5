"""Moving one file to or from S3: as the catalog does it, or with a setting of boto3's.

    python -m benchmarks.programs.transfer ACTION FILE s3://bucket/key HOW

ACTION is upload, download, hash-and-upload or download-and-hash.
HOW is `catalog`, `default` for boto3's own setting, or the MiB of a part and the threads, as in 64x4. Says how many
seconds the transfer itself took, without starting Python.
"""

import hashlib
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

MIB = 1024 * 1024


def setting(name: str) -> Any:
    from boto3.s3.transfer import TransferConfig

    if name == "default":
        return TransferConfig()
    chunk, threads = map(int, name.split("x"))
    options = {"multipart_chunksize": chunk * MIB, "multipart_threshold": chunk * MIB, "io_chunksize": MIB}
    return TransferConfig(max_concurrency=threads, preferred_transfer_client="classic", **options)


def read_and_hash(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(MIB):
            digest.update(chunk)
    return digest.hexdigest()


def by_boto3(action: str, path: Path, bucket: str, key: str, name: str) -> float:
    import boto3

    client: Any = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
    started = time.perf_counter()
    if action.startswith("download"):
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            copy = Path(folder) / "file"
            client.download_file(bucket, key, str(copy), Config=setting(name))
            if action == "download-and-hash":
                read_and_hash(copy)
            return time.perf_counter() - started
    if action == "hash-and-upload":
        read_and_hash(path)
    client.upload_file(str(path), bucket, key, Config=setting(name))
    return time.perf_counter() - started


def by_catalog(action: str, path: Path, key: str) -> float:
    """`put` and `fetch` of the catalog's storage; hashed as the cache does it, from the same open file."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "s3site.settings")
    import django

    django.setup()
    from catalog.storage.digests import file_sha256
    from catalog.storage.interface import catalog_storage, new_upload_token

    storage: Any = catalog_storage()
    storage.client.list_buckets()  # a connection
    started = time.perf_counter()
    if action == "upload":
        storage.put(f"{key}-{new_upload_token()}", path, upload_token=new_upload_token(), sha256="0" * 64)
    else:
        with tempfile.TemporaryFile(dir=path.parent) as copy:
            storage.fetch(key, copy)
            if action == "download-and-hash":
                file_sha256(copy)
    return time.perf_counter() - started


def main(action: str, file: str, address: str, how: str = "default") -> None:
    bucket, _, key = address.removeprefix("s3://").partition("/")
    if how == "catalog":
        seconds = by_catalog(action, Path(file), key)
    else:
        seconds = by_boto3(action, Path(file), bucket, key, how)
    print(json.dumps({"transfer": seconds}))


if __name__ == "__main__":
    main(*sys.argv[1:])
