"""Replacing a published alias in S3: on the condition that it still is the one that was read."""

import hashlib
from collections.abc import Callable
from contextlib import closing
from typing import Any

from catalog.exceptions import StorageError
from catalog.storage.interface import new_upload_token
from catalog.storage.keys import check_replaceable
from catalog.storage.s3_errors import TRANSFER_ERRORS, error_code, may_be_stored

ATTEMPTS = 20
MISSING = {"404", "NoSuchKey", "403", "AccessDenied"}  # without permission to list, S3 does not say which
UNKNOWN = {"501", "NotImplemented"}


class PublishingInS3:
    """What a storage in S3 does for `publish`. Servers that ignore the condition take the last write: whoever writes
    asks the database afterwards whether it was the newest, as decision 57 tells."""

    client: Any
    bucket_name: str
    full_key: Callable[[str], str]
    uri: Callable[[str], str]
    make_resource: Callable[..., Any]
    _error: Callable[[BaseException, str, str], Exception]

    def publish(self, key: str, content: bytes, *, replaces: Callable[[bytes], bool]) -> bool:
        check_replaceable(key)
        for _ in range(ATTEMPTS):
            try:
                present, etag = self._read_published(key)
                if etag and not replaces(present):
                    return False
                self._put_published(key, content, etag)
            except TRANSFER_ERRORS as error:
                if not (may_be_stored(error) or error_code(error) == "NoSuchKey"):
                    raise self._error(error, "store", key) from error
            else:
                return True
        raise StorageError(f"{self.uri(key)} was replaced by others again and again. Run the command again later.")

    def _read_published(self, key: str) -> tuple[bytes, str]:
        """What is there, with its ETag; both are empty when there is nothing."""
        try:
            answer = self.client.get_object(Bucket=self.bucket_name, Key=self.full_key(key))
            with closing(answer["Body"]) as body:
                return body.read(), answer["ETag"]
        except TRANSFER_ERRORS as error:
            if error_code(error) in MISSING:
                return b"", ""
            raise

    def _put_published(self, key: str, content: bytes, etag: str) -> None:
        metadata = {"upload-token": new_upload_token(), "sha256": hashlib.sha256(content).hexdigest()}
        where = {"Bucket": self.bucket_name, "Key": self.full_key(key)}
        options = {"Body": content, "ContentType": "application/json", "Metadata": metadata}
        try:
            # Where there is nothing yet, the client's own condition holds: that the key is free.
            self.client.put_object(**where, **options, **({"IfMatch": etag} if etag else {}))
        except TRANSFER_ERRORS as error:
            if error_code(error) not in UNKNOWN:
                raise
            self.make_resource(overwrites=True).meta.client.put_object(**where, **options)
