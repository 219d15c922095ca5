"""Uploading an object: in one request what is small, in parts what is large, and never over another one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from boto3.s3.transfer import TransferConfig

from catalog.storage.interface import OnBytes

SMALL_BYTES = 1024 * 1024
GB = 10**9
CONTENT_TYPES = {
    ".csv": "text/csv; charset=utf-8",
    ".gz": "application/gzip",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
}


def only_when_absent(params: dict[str, Any], **kwargs: Any) -> None:
    """An event handler for botocore: s3transfer refuses IfNoneMatch among its extra arguments.

    What is written in the place of an object that is named by its ETag is left to that condition.
    """
    if "IfMatch" not in params:
        params["IfNoneMatch"] = "*"


def upload(
    client: Any,
    bucket: str,
    key: str,
    source: Path | bytes,
    *,
    metadata: dict[str, str],
    transfer: TransferConfig | None,
    on_bytes: OnBytes | None = None,
) -> None:
    """In one request without `transfer`: s3transfer would start its threads for a manifest. Raises as boto3 does."""
    options = {"ContentType": content_type(source, key), "Metadata": metadata}
    if transfer:
        client.upload_file(str(source), bucket, key, ExtraArgs=options, Callback=on_bytes, Config=transfer)
        return
    content = source if isinstance(source, bytes) else source.read_bytes()
    client.put_object(Bucket=bucket, Key=key, Body=content, **options)
    if on_bytes:
        on_bytes(len(content))


def content_type(source: Path | bytes, key: str) -> str:
    """Set by us: S3 would be told that `.csv.gz` is encoded, and clients would unpack it on the way."""
    suffixes = ("" if isinstance(source, bytes) else source.suffix, Path(key).suffix)
    known = (CONTENT_TYPES[suffix] for suffix in suffixes if suffix in CONTENT_TYPES)
    return next(known, "application/octet-stream")


def own_metadata(head: Mapping[str, Any]) -> dict[str, str]:
    """The metadata that the object was stored with. Proxies and some servers write its names in other cases."""
    return {name.lower(): value for name, value in head["Metadata"].items()}


def write_metadata(client: Any, bucket: str, key: str, head: Mapping[str, Any], metadata: dict[str, str]) -> None:
    """By copying the object onto itself, if it still is the one whose HEAD was answered so. Raises as boto3 does.

    One request up to 5 GB, beyond which S3 copies in parts alone.
    """
    source = {"Bucket": bucket, "Key": key}
    options = {
        "Metadata": metadata,
        "MetadataDirective": "REPLACE",
        "ContentType": content_type(b"", key),
        "CopySourceIfMatch": head["ETag"],
    }
    client.copy(source, bucket, key, ExtraArgs=options, Config=TransferConfig(multipart_threshold=5 * GB))
