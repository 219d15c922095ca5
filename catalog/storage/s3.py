"""The store in S3: django-storages' backend with what the catalog promises on top.

Measured reasons for each override stand in docs/decisions/0002-object-storage.md.
"""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any, cast

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from django.utils.deconstruct import deconstructible
from storages.backends.s3 import S3Storage

from catalog.conf import catalog_settings
from catalog.exceptions import ObjectExists, ObjectMissing
from catalog.storage.digests import require_digest, stored_sha256
from catalog.storage.interface import CHUNK_BYTES, ListedObject, OnBytes, StoredObject
from catalog.storage.keys import check_key, is_twin
from catalog.storage.s3_client import (
    CREATING,
    TRANSFER_CONFIG,
    client_config,
    download,
    register_handlers,
    shared_session,
)
from catalog.storage.s3_errors import (
    TRANSFER_ERRORS,
    ask_by_get,
    error_code,
    is_head_answer,
    may_be_stored,
    storage_error,
)
from catalog.storage.s3_publishing import PublishingInS3
from catalog.storage.s3_uploads import SMALL_BYTES, only_when_absent, own_metadata, upload, write_metadata

DOWNLOAD_SECONDS = 300


@deconstructible(path="catalog.storage.s3.S3CatalogStorage")
class S3CatalogStorage(PublishingInS3, S3Storage):
    def __init__(self, **options: Any) -> None:
        options.setdefault("client_config", client_config(options.get("endpoint_url")))
        options.setdefault("transfer_config", TRANSFER_CONFIG)
        # A file opened through Django is downloaded to disk once it passes this size, not held in memory.
        options.setdefault("max_memory_size", 1024 * 1024)
        super().__init__(default_acl=None, **options)
        self.by_thread = threading.local()

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in super().__getstate__().items() if name != "by_thread"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self.by_thread = threading.local()

    @property
    def connection(self) -> Any:
        """This thread's resource; every write of an object is made conditional on the key being free."""
        if not hasattr(self.by_thread, "resource"):
            self.by_thread.resource = self.make_resource()
        return self.by_thread.resource

    def make_resource(self, *, overwrites: bool = False) -> Any:
        with CREATING:
            session = shared_session(self.access_key, self.secret_key, self.security_token)
            resource: Any = session.resource(
                "s3",
                region_name=self.region_name,
                endpoint_url=self.endpoint_url,
                config=self.client_config,
            )
        register_handlers(resource.meta.client)
        for operation in () if overwrites else ("PutObject", "CompleteMultipartUpload"):
            resource.meta.client.meta.events.register(f"provide-client-params.s3.{operation}", only_when_absent)
        return resource

    @property
    def client(self) -> Any:
        return self.connection.meta.client

    def full_key(self, key: str) -> str:
        """The key in the bucket. Raises SuspiciousOperation, as check_key() does."""
        check_key(key)
        return f"{self.marker}{key}"

    def put(
        self, key: str, source: Path | bytes, *, upload_token: str, sha256: str, on_bytes: OnBytes | None = None
    ) -> None:
        is_small = isinstance(source, bytes) or source.stat().st_size <= SMALL_BYTES
        metadata = {"upload-token": upload_token, "sha256": sha256}
        self._put(key, source, metadata, transfer=None if is_small else self.transfer_config, on_bytes=on_bytes)

    def put_in_parts(self, key: str, path: Path, *, upload_token: str) -> None:
        """As put() stores what is large, for trying out what the server does then."""
        self._put(key, path, {"upload-token": upload_token}, transfer=TransferConfig(multipart_threshold=1))

    def _put(self, key: str, source: Path | bytes, metadata: dict[str, str], **options: Any) -> None:
        full_key = self.full_key(key)
        try:
            upload(self.client, self.bucket_name, full_key, source, metadata=metadata, **options)
        except TRANSFER_ERRORS as error:
            if not may_be_stored(error):
                raise self._error(error, "store", key) from error
            self._accept_own_write(key, metadata["upload-token"], error)

    def _accept_own_write(self, key: str, upload_token: str, error: BaseException) -> None:
        """A write that was acknowledged, but whose answer was lost, is refused when it is retried: not a failure."""
        if self.stat(key).upload_token != upload_token:
            raise ObjectExists(
                f"{self.uri(key)} exists and is not overwritten. If the database is new and the folder in the bucket "
                "old, set AWS_LOCATION to another folder."
            ) from error

    def stat(self, key: str) -> StoredObject:
        try:
            head = self.client.head_object(Bucket=self.bucket_name, Key=self.full_key(key))
        except TRANSFER_ERRORS as error:
            raise self._error(error, "find", key) from error
        metadata = own_metadata(head)
        return StoredObject(
            size_bytes=head["ContentLength"],
            upload_token=metadata.get("upload-token", ""),
            modified=head["LastModified"],
            sha256=metadata.get("sha256", ""),
        )

    def fetch(self, key: str, target: IO[bytes], *, on_bytes: OnBytes | None = None) -> None:
        try:
            download(self.client, self.bucket_name, self.full_key(key), target, on_bytes=on_bytes)
        except TRANSFER_ERRORS as error:
            raise self._error(error, "fetch", key) from error

    @contextmanager
    def stream(self, key: str) -> Iterator[Iterator[bytes]]:
        try:
            answer = self.client.get_object(Bucket=self.bucket_name, Key=self.full_key(key))
            with closing(answer["Body"]) as body:
                yield body.iter_chunks(CHUNK_BYTES)
        except TRANSFER_ERRORS as error:
            raise self._error(error, "fetch", key) from error

    def delete_own(self, key: str, *, upload_token: str) -> bool:
        try:
            if self.stat(key).upload_token != upload_token:
                return False
            self.client.delete_object(Bucket=self.bucket_name, Key=self.full_key(key))
            return not self._is_there(key)
        except ObjectMissing:
            return True
        except (BotoCoreError, ClientError) as error:
            raise self._error(error, "delete", key) from error

    def _is_there(self, key: str) -> bool:
        """Whether an object that was there a moment ago still is."""
        try:
            self.client.head_object(Bucket=self.bucket_name, Key=self.full_key(key))
        except ClientError as error:
            if error_code(error) in {"403", "404"}:
                return False
            raise
        return True

    def adopt(self, key: str, *, upload_token: str, sha256: str) -> None:
        try:
            head = self.client.head_object(Bucket=self.bucket_name, Key=self.full_key(key))
            require_digest(stored_sha256(self, key), sha256, self.uri(key))
            write_metadata(
                self.make_resource(overwrites=True).meta.client,
                self.bucket_name,
                self.full_key(key),
                head,
                {"upload-token": upload_token, "sha256": sha256},
            )
        except TRANSFER_ERRORS as error:
            raise self._error(error, "store", key) from error

    def download_url(self, key: str, *, file_name: str) -> str:
        if catalog_settings().s3_parameters["RequestPayer"]:
            return ""  # a browser does not send the header that says so
        parameters = {
            "ResponseContentDisposition": f'attachment; filename="{file_name}"',
            "ResponseContentType": "application/octet-stream",
        }
        return str(self.url(key, parameters=parameters, expire=DOWNLOAD_SECONDS))

    @property
    def marker(self) -> str:
        """The key of the folder's marker, an empty object that shows the folder in S3 browsers; empty without one."""
        return f"{self.location.rstrip('/')}/" if self.location else ""

    def make_folder(self) -> bool:
        if not self.marker:
            return False
        try:
            self.client.put_object(Bucket=self.bucket_name, Key=self.marker, Body=b"")
        except TRANSFER_ERRORS as error:
            if may_be_stored(error):
                return False
            raise self._error(error, "store", "") from error
        return True

    def remove_folder(self) -> None:
        try:
            self.client.delete_object(Bucket=self.bucket_name, Key=self.marker)
        except (BotoCoreError, ClientError) as error:
            raise self._error(error, "delete", "") from error

    def walk(self, prefix: str) -> Iterator[ListedObject]:
        pages = self.client.get_paginator("list_objects_v2")
        try:
            for page in pages.paginate(Bucket=self.bucket_name, Prefix=self.marker + prefix):
                for entry in page.get("Contents", []):
                    key = entry["Key"].removeprefix(self.marker)
                    if key and not key.endswith("/") and not is_twin(key):
                        yield ListedObject(key, entry["Size"], entry["LastModified"])
        except TRANSFER_ERRORS as error:
            raise self._error(error, "list", prefix) from error

    def listdir(self, name: str) -> tuple[list[str], list[str]]:
        try:
            folders, files = super().listdir(name)
        except TRANSFER_ERRORS as error:
            raise self._error(error, "list", name) from error
        return folders, files

    def uri(self, key: str) -> str:
        return f"s3://{self.bucket_name}/{self.full_key(key) if key else self.location}"

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name

    def _error(self, error: BaseException, action: str, key: str) -> Exception:
        if is_head_answer(error):
            error = ask_by_get(self.client, self.bucket_name, self.full_key(key)) or error
        return storage_error(error, action=action, uri=self.uri(key), endpoint=self.endpoint_url)

    def _open(self, name: str, mode: str = "rb") -> "File[Any]":
        if mode != "rb":
            raise ValueError("Objects are opened for reading only, with mode 'rb': they are stored whole, by put().")
        return cast("File[Any]", super()._open(name, mode))

    def _save(self, name: str, content: Any) -> str:
        raise ValueError("Objects are stored by put(), which records whose they are.")
