"""The store in S3: django-storages' backend with what the catalog promises on top.

Measured reasons for each override stand in docs/decisions/0002-object-storage.md.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from io import BytesIO
from pathlib import Path
from typing import IO, Any, cast

from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from django.utils.deconstruct import deconstructible
from storages.backends.s3 import S3Storage

from catalog.exceptions import ObjectExists, ObjectMissing
from catalog.storage.interface import CHUNK_BYTES, ListedObject, OnBytes, StoredObject
from catalog.storage.s3_client import (
    CREATING,
    UPLOAD_CONFIG,
    client_config,
    give_up_when_silent,
    shared_session,
)
from catalog.storage.s3_download import download
from catalog.storage.s3_errors import TRANSFER_ERRORS, is_head_answer, may_be_stored, storage_error
from catalog.storage.shortcut import Shortcut

DOWNLOAD_SECONDS = 300
SMALL_BYTES = 1024 * 1024
CONTENT_TYPES = {
    ".csv": "text/csv; charset=utf-8",
    ".gz": "application/gzip",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
}


def only_when_absent(params: dict[str, Any], **kwargs: Any) -> None:
    """An event handler for botocore: s3transfer refuses IfNoneMatch among its extra arguments."""
    params["IfNoneMatch"] = "*"


def send_at_once(params: dict[str, Any], **kwargs: Any) -> None:
    """An event handler for botocore, after its own that makes each upload ask first whether to go on.

    To ask costs as much as to send what fits in memory: one more answer, which Python reads byte by byte.
    """
    if isinstance(params["body"], BytesIO):
        params["headers"].pop("Expect", None)


@deconstructible(path="catalog.storage.s3.S3CatalogStorage")
class S3CatalogStorage(S3Storage):
    def __init__(self, **options: Any) -> None:
        options.setdefault("client_config", client_config(options.get("endpoint_url")))
        options.setdefault("transfer_config", UPLOAD_CONFIG)
        # A file opened through Django is downloaded to disk once it passes this size, not held in memory.
        options.setdefault("max_memory_size", 1024 * 1024)
        super().__init__(default_acl=None, **options)

    @property
    def connection(self) -> Any:
        """This thread's resource; every write of an object is made conditional on the key being free."""
        is_new = getattr(self._connections, "connection", None) is None
        with CREATING:
            connection = super().connection
        if is_new:
            events = connection.meta.client.meta.events
            events.register("needs-retry.s3", give_up_when_silent)
            events.register_last("before-call.s3", send_at_once)
            for operation in ("PutObject", "CompleteMultipartUpload"):
                events.register(f"provide-client-params.s3.{operation}", only_when_absent)
            self._connections.shortcut = Shortcut(connection.meta.client)
        return connection

    def _create_session(self) -> Any:
        return shared_session(self.access_key, self.secret_key, self.security_token)

    @property
    def client(self) -> Any:
        return self.connection.meta.client

    def put(
        self, key: str, source: Path | bytes, *, upload_token: str, sha256: str, on_bytes: OnBytes | None = None
    ) -> None:
        suffixes = ("" if isinstance(source, bytes) else source.suffix, Path(key).suffix)
        known = (CONTENT_TYPES[suffix] for suffix in suffixes if suffix in CONTENT_TYPES)
        extra = {
            "ContentType": next(known, self.default_content_type),
            "Metadata": {"upload-token": upload_token, "sha256": sha256},
        }
        try:
            self._upload(source, self._normalize_name(key), extra, on_bytes)
        except TRANSFER_ERRORS as error:
            if not may_be_stored(error):
                raise self._error(error, "store", key) from error
            self._accept_own_write(key, upload_token, error)

    def _upload(self, source: Path | bytes, name: str, extra: dict[str, Any], on_bytes: OnBytes | None) -> None:
        """What is small, such as a manifest, goes in one request: s3transfer would start its threads for it."""
        if isinstance(source, Path) and source.stat().st_size > SMALL_BYTES:
            options = {"ExtraArgs": extra, "Callback": on_bytes, "Config": self.transfer_config}
            self.client.upload_file(str(source), self.bucket_name, name, **options)
            return
        content = source if isinstance(source, bytes) else source.read_bytes()
        _ = self.connection  # which makes the thread's shortcut, too
        self._connections.shortcut.put_object(self.bucket_name, name, content, extra)
        if on_bytes:
            on_bytes(len(content))

    def _accept_own_write(self, key: str, upload_token: str, error: BaseException) -> None:
        """A write that was acknowledged, but whose answer was lost, is refused when it is retried: not a failure."""
        if self.stat(key).upload_token != upload_token:
            raise ObjectExists(
                f"{self.uri(key)} exists and is not overwritten. If the database is new and the folder in the bucket "
                "old, set AWS_LOCATION to another folder."
            ) from error

    def stat(self, key: str) -> StoredObject:
        try:
            head = self.client.head_object(Bucket=self.bucket_name, Key=self._normalize_name(key))
        except TRANSFER_ERRORS as error:
            raise self._error(error, "find", key) from error
        return StoredObject(
            size_bytes=head["ContentLength"],
            upload_token=head["Metadata"].get("upload-token", ""),
            modified=head["LastModified"],
            sha256=head["Metadata"].get("sha256", ""),
        )

    def fetch(self, key: str, target: IO[bytes], *, on_bytes: OnBytes | None = None) -> None:
        try:
            download(self.client, self.bucket_name, self._normalize_name(key), target, on_bytes=on_bytes)
        except TRANSFER_ERRORS as error:
            raise self._error(error, "fetch", key) from error

    @contextmanager
    def stream(self, key: str) -> Iterator[Iterator[bytes]]:
        try:
            answer = self.client.get_object(Bucket=self.bucket_name, Key=self._normalize_name(key))
            with closing(answer["Body"]) as body:
                yield body.iter_chunks(CHUNK_BYTES)
        except TRANSFER_ERRORS as error:
            raise self._error(error, "fetch", key) from error

    def delete_own(self, key: str, *, upload_token: str) -> None:
        try:
            if self.stat(key).upload_token != upload_token:
                return
            self.client.delete_object(Bucket=self.bucket_name, Key=self._normalize_name(key))
        except ObjectMissing:
            return
        except (BotoCoreError, ClientError) as error:
            raise self._error(error, "delete", key) from error

    def download_url(self, key: str, *, file_name: str) -> str:
        parameters = {
            "ResponseContentDisposition": f'attachment; filename="{file_name}"',
            "ResponseContentType": "application/octet-stream",
        }
        return str(self.url(key, parameters=parameters, expire=DOWNLOAD_SECONDS))

    def make_folder(self) -> None:
        """A marker, an empty object whose key ends in a slash, shows the folder in S3 browsers. Raises StorageError."""
        if not self.location:
            return
        try:
            self.client.put_object(Bucket=self.bucket_name, Key=f"{self.location.rstrip('/')}/", Body=b"")
        except TRANSFER_ERRORS as error:
            if not may_be_stored(error):
                raise self._error(error, "store", "") from error

    def walk(self, prefix: str) -> Iterator[ListedObject]:
        root = f"{self.location.rstrip('/')}/" if self.location else ""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket_name, Prefix=root + prefix)
        try:
            for page in pages:
                for found in page.get("Contents", []):
                    key = found["Key"].removeprefix(root)
                    if key and not key.endswith("/"):
                        yield ListedObject(key, found["Size"], found["LastModified"])
        except TRANSFER_ERRORS as error:
            raise self._error(error, "list", prefix) from error

    def listdir(self, name: str) -> tuple[list[str], list[str]]:
        try:
            folders, files = super().listdir(name)
        except TRANSFER_ERRORS as error:
            raise self._error(error, "list", name) from error
        return folders, files

    def uri(self, key: str) -> str:
        return f"s3://{self.bucket_name}/{self._normalize_name(key) if key else self.location}"

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name

    def _error(self, error: BaseException, action: str, key: str) -> Exception:
        if is_head_answer(error):
            error = self._told_by_get(key) or error
        return storage_error(error, action=action, uri=self.uri(key), endpoint=self.endpoint_url)

    def _told_by_get(self, key: str) -> BaseException | None:
        """The answer to HEAD has no body, so it says 403 or 404 and not why; that to GET does."""
        try:
            self.client.get_object(Bucket=self.bucket_name, Key=self._normalize_name(key), Range="bytes=0-0")[
                "Body"
            ].close()
        except TRANSFER_ERRORS as error:
            return error
        return None

    def _open(self, name: str, mode: str = "rb") -> "File[Any]":
        if mode != "rb":
            raise ValueError("Objects are opened for reading only, with mode 'rb': they are stored whole, by put().")
        return cast("File[Any]", super()._open(name, mode))

    def _save(self, name: str, content: Any) -> str:
        raise ValueError("Objects are stored by put(), which records whose they are.")
