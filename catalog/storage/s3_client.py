"""How S3 clients are set up, the same for the catalog's own bucket and for s3:// addresses that people name."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from typing import IO, Any, Literal

import boto3
from boto3.s3.transfer import TransferConfig
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError

from catalog.conf import catalog_settings
from catalog.storage.interface import OnBytes
from catalog.storage.s3_errors import TRANSFER_ERRORS, ServerSilent, ask_by_get, is_head_answer, storage_error

MIB = 1024 * 1024
ATTEMPTS = 3
CREATING = threading.RLock()
# Parts of 64 MiB keep 5 GB under 100 parts. The CRT client ignores endpoint_url, so it is never used.
TRANSFER_CONFIG = TransferConfig(
    io_chunksize=MIB,
    max_concurrency=4,
    multipart_chunksize=64 * MIB,
    multipart_threshold=64 * MIB,
    num_download_attempts=ATTEMPTS,
    preferred_transfer_client="classic",
)


def client_config(endpoint_url: str | None) -> Config:
    """Time-outs that end in a clear error, and checksums that S3's relatives understand.

    `read_timeout` bounds the silence between two packets, not the whole answer; docs/operations.md says what that
    adds up to.
    """
    checksums: Literal["when_required", "when_supported"] = "when_required" if endpoint_url else "when_supported"
    style: Any = catalog_settings().s3_addressing_style or ("path" if endpoint_url else None)
    return Config(
        user_agent="model-catalog",  # the default one tells of the system
        signature_version="s3v4",
        connect_timeout=3,
        read_timeout=catalog_settings().s3_timeout_seconds,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        request_checksum_calculation=checksums,
        response_checksum_validation=checksums,
        s3={"addressing_style": style} if style else None,
    )


def give_up_when_silent(attempts: int, caught_exception: Exception | None, **kwargs: Any) -> None:
    """An event handler for botocore, for a download would ask three times three times: raises ServerSilent."""
    if attempts >= ATTEMPTS and isinstance(caught_exception, ReadTimeoutError):
        raise ServerSilent from caught_exception


def add_parameters(params: dict[str, Any], model: Any, **kwargs: Any) -> None:
    """An event handler for botocore: encryption and who pays, as the settings say, where an operation knows them."""
    known = model.input_shape.members if model.input_shape else {}
    for name, value in catalog_settings().s3_parameters.items():
        if value and name in known:
            params.setdefault(name, value)


@cache
def shared_session(access_key: str | None, secret_key: str | None, security_token: str | None) -> boto3.Session:
    """One for all threads: a session of one's own reads the descriptions of S3 again, 0.3 s each time.

    Its clients may be used by several threads, but have to be made under CREATING.
    """
    return boto3.Session(
        aws_access_key_id=access_key, aws_secret_access_key=secret_key, aws_session_token=security_token
    )


def make_client(*, unsigned: bool = False) -> Any:
    """A boto3 S3 client from the settings; `unsigned` sends no credentials, for public objects."""
    options = catalog_settings().s3_options
    config = client_config(options["endpoint_url"])
    keys: tuple[str | None, ...] = (options["access_key"], options["secret_key"], options["security_token"])
    if unsigned:
        keys, config = (None, None, None), config.merge(Config(signature_version=UNSIGNED))
    with CREATING:
        session = shared_session(*keys)
        client: Any = session.client(
            "s3",
            region_name=options["region_name"],
            endpoint_url=options["endpoint_url"],
            config=config,
        )
    register_handlers(client, unsigned=unsigned)
    return client


def register_handlers(client: Any, *, unsigned: bool = False) -> None:
    """What every client of the catalog does at botocore's events."""
    client.meta.events.register("needs-retry.s3", give_up_when_silent)
    if not unsigned:
        client.meta.events.register("provide-client-params.s3", add_parameters)


@contextmanager
def connect(uri: str, *, action: str, unsigned: bool = False) -> Iterator[Any]:
    """A client for the object or folder at `uri`, closed at the end. What it raises is raised as StorageError."""
    with closing(make_client(unsigned=unsigned)) as client:
        try:
            yield client
        except TRANSFER_ERRORS as error:
            raise storage_error(error, action=action, uri=uri, endpoint=client.meta.endpoint_url) from error


def download(client: Any, bucket: str, key: str, target: IO[bytes], *, on_bytes: OnBytes | None = None) -> None:
    """Write the object's bytes into the open, seekable file.

    Raises one of TRANSFER_ERRORS, also when the object changes between two requests.
    """
    try:
        client.download_fileobj(bucket, key, target, Callback=on_bytes, Config=TRANSFER_CONFIG)
    except ClientError as error:
        reason = ask_by_get(client, bucket, key) if is_head_answer(error) else None
        raise reason or error from error
