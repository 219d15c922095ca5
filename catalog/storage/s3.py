"""The store in S3: django-storages' backend with what the catalog promises on top.

Measured reasons for each override stand in docs/decisions/0002-object-storage.md.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import BotoCoreError, ClientError
from django.utils.deconstruct import deconstructible

from catalog.conf import catalog_settings
from catalog.exceptions import ObjectExists, ObjectMissing
from catalog.storage.digests import require_digest, stored_sha256
from catalog.storage.interface import CHUNK_BYTES, OnBytes, StoredObject
from catalog.storage.s3_bucket import S3Bucket
from catalog.storage.s3_client import download
from catalog.storage.s3_errors import TRANSFER_ERRORS, error_code, may_be_stored
from catalog.storage.s3_publishing import PublishingInS3
from catalog.storage.s3_uploads import SMALL_BYTES, own_metadata, upload, write_metadata

DOWNLOAD_SECONDS = 300


@deconstructible(path="catalog.storage.s3.S3CatalogStorage")
class S3CatalogStorage(PublishingInS3, S3Bucket):
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
