"""The bucket behind the store: its clients, its folder, what lies in it, and what was begun there."""

import threading
from collections.abc import Iterator
from typing import Any, cast

from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from storages.backends.s3 import S3Storage

from catalog.storage.interface import ListedObject, UnfinishedUpload
from catalog.storage.keys import check_key, is_twin
from catalog.storage.s3_client import CREATING, TRANSFER_CONFIG, client_config, register_handlers, shared_session
from catalog.storage.s3_errors import TRANSFER_ERRORS, ask_by_get, is_head_answer, may_be_stored, storage_error
from catalog.storage.s3_uploads import only_when_absent


class S3Bucket(S3Storage):
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

    def unfinished_uploads(self, prefix: str = "") -> Iterator[UnfinishedUpload]:
        pages = self.client.get_paginator("list_multipart_uploads")
        try:
            for page in pages.paginate(Bucket=self.bucket_name, Prefix=self.marker + prefix):
                for entry in page.get("Uploads", []):
                    key = entry["Key"].removeprefix(self.marker)
                    yield UnfinishedUpload(key, entry["UploadId"], entry["Initiated"])
        except TRANSFER_ERRORS as error:
            raise self._error(error, "list the uploads in", prefix) from error

    def abort_upload(self, upload: UnfinishedUpload) -> None:
        try:
            self.client.abort_multipart_upload(
                Bucket=self.bucket_name, Key=self.full_key(upload.key), UploadId=upload.upload_id
            )
        except TRANSFER_ERRORS as error:
            raise self._error(error, "abort the upload of", upload.key) from error

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
