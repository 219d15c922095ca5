"""How S3 clients are set up, the same for the catalog's own bucket and for s3:// addresses that people name."""

from typing import Any, Literal

import boto3
from boto3.s3.transfer import TransferConfig
from botocore import UNSIGNED
from botocore.config import Config
from django.conf import settings

MIB = 1024 * 1024
# The CRT client ignores endpoint_url, so it is never used. Parts of 64 MiB keep 5 GB under 100 parts.
TRANSFER_CONFIG = TransferConfig(
    io_chunksize=MIB,
    max_concurrency=4,
    multipart_chunksize=64 * MIB,
    multipart_threshold=64 * MIB,
    preferred_transfer_client="classic",
)


def client_config(endpoint_url: str | None) -> Config:
    """Time-outs that end in a clear error within 15 s, and checksums that S3's relatives understand."""
    checksums: Literal["when_required", "when_supported"] = "when_required" if endpoint_url else "when_supported"
    return Config(
        signature_version="s3v4",
        connect_timeout=3,
        read_timeout=60,
        retries={"mode": "standard", "total_max_attempts": 3},
        request_checksum_calculation=checksums,
        response_checksum_validation=checksums,
        s3={"addressing_style": "path"} if endpoint_url else None,
    )


def make_client(*, unsigned: bool = False) -> Any:
    """A boto3 S3 client from the settings; `unsigned` sends no credentials, for public objects."""
    options = settings.CATALOG_S3_OPTIONS
    config = client_config(options["endpoint_url"])
    region = options["region_name"]
    if unsigned:
        session = boto3.Session()
        config = config.merge(Config(signature_version=UNSIGNED))
    else:
        session = boto3.Session(
            aws_access_key_id=options["access_key"],
            aws_secret_access_key=options["secret_key"],
            aws_session_token=options["security_token"],
        )
    return session.client("s3", region_name=region, endpoint_url=options["endpoint_url"], config=config)
