"""boto3's errors, said once in the catalog's words: what failed, where, and what to look at."""

from collections.abc import Iterator
from typing import Any

from boto3.exceptions import Boto3Error, S3UploadFailedError
from botocore import exceptions
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    PartialCredentialsError,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError
from s3transfer.exceptions import RetriesExceededError, S3DownloadFailedError, S3ValidationError

from catalog.conf import catalog_settings
from catalog.exceptions import AccessDenied, ObjectMissing, StorageError, StorageUnreachable

TRANSFER_ERRORS = (
    BotoCoreError,
    ClientError,
    Boto3Error,
    ResponseParserError,
    RetriesExceededError,
    S3DownloadFailedError,
    S3ValidationError,
)
WRONG_KEYS = {
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "InvalidToken",
    "ExpiredToken",
    "AuthorizationHeaderMalformed",
}
MISSING = {"404", "NoSuchKey", "NotFound"}
DENIED = {"403", "AccessDenied", "Forbidden"}
CHANGED = {"PreconditionFailed", "412"}
BUSY = {"SlowDown", "ServiceUnavailable", "InternalError", "RequestTimeout", "500", "502", "503", "504"}
BROKEN_OFF = (HTTPClientError, IncompleteReadError, ResponseParserError)


class ServerSilent(BotoCoreError):
    """Raised in place of a time-out that boto3 has tried again often enough: a download would begin anew with it."""

    fmt = "The server was silent."


def error_code(error: BaseException) -> str:
    """S3's code for the error, also where boto3 wrapped it in its own; empty when S3 did not answer."""
    cause = _client_error(error)
    return str(cause.response.get("Error", {}).get("Code", "")) if cause else ""


def may_be_stored(error: BaseException) -> bool:
    """Whether the key is taken, or the upload in parts is over: perhaps by this very write, whose answer was lost."""
    return error_code(error) in {*CHANGED, "ConditionalRequestConflict", "NoSuchUpload"}


def is_head_answer(error: BaseException) -> bool:
    """Whether the code is a bare status, as of an answer without a body."""
    return error_code(error) in {"403", "404"}


def ask_by_get(client: Any, bucket: str, key: str) -> BaseException | None:
    """The error that GET is answered with, whose body says why, as the answer to HEAD does not; None if it succeeds."""
    try:
        client.get_object(Bucket=bucket, Key=key, Range="bytes=0-0")["Body"].close()
    except TRANSFER_ERRORS as error:
        return error
    return None


def storage_error(error: BaseException, *, action: str, uri: str, endpoint: str | None) -> StorageError:
    """The StorageError to raise from `error`. Names bucket, key and endpoint, never a secret."""
    code = error_code(error)
    bucket = uri.removeprefix("s3://").partition("/")[0]
    where = f"{uri} at {endpoint or 'AWS'}"
    start = f"Can't {action} {where}: "
    if code in WRONG_KEYS:
        return StorageError(
            f"{start}the server refuses the keys ({code}). Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        )
    if code == "NoSuchBucket":
        return StorageError(f"{start}there is no bucket {bucket}. Check AWS_BUCKET_NAME and AWS_ENDPOINT_URL.")
    if code in MISSING or (code in DENIED and action in {"fetch", "find"}):
        return ObjectMissing(
            f"{start}no such object, or these keys may not read it ({code}): "
            "without permission to list, S3 does not say which. `manage.py check_storage` shows what is permitted."
        )
    if code in DENIED:
        return AccessDenied(f"{start}access denied. `manage.py check_storage` shows what is permitted and what to set.")
    if code in BUSY:
        return StorageError(f"{start}the server answered {code} again and again. Run the command again later.")
    if (code in CHANGED and action == "fetch") or isinstance(error, S3DownloadFailedError):
        return StorageError(f"{start}the object changed while it was read. Run the command again.")
    if code:
        return StorageError(f"{start}the server answered {code}.")
    return _without_answer(error, start)


def _without_answer(error: BaseException, start: str) -> StorageError:
    for cause in _causes(error):
        name = type(cause).__name__
        match cause:
            case NoCredentialsError() | PartialCredentialsError():
                advice = "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in .env, or give the machine a role."
                return StorageError(f"{start}no keys. {advice}")
            case ReadTimeoutError():
                seconds = f"{catalog_settings().s3_timeout_seconds} seconds (CATALOG_S3_TIMEOUT_SECONDS)"
                return StorageUnreachable(f"{start}the server was silent for {seconds}, again and again.")
            case ConnectTimeoutError() | exceptions.ConnectionError():
                return StorageUnreachable(f"{start}no connection ({name}). Check AWS_ENDPOINT_URL and the network.")
    if broken := next((cause for cause in _causes(error) if isinstance(cause, BROKEN_OFF)), None):
        name = type(broken).__name__
        return StorageError(f"{start}the connection broke off again and again ({name}). Run the command again later.")
    return StorageError(f"{start}{type(error).__name__}: {error}")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it came from."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        last = cause.last_exception if isinstance(cause, RetriesExceededError) else None
        cause = last or cause.__cause__ or cause.__context__


def _client_error(error: BaseException) -> ClientError | None:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ClientError):
            return cause
        cause = (cause.__cause__ or cause.__context__) if isinstance(error, S3UploadFailedError) else None
    return None
