"""boto3's errors, said once in the catalog's words: what failed, where, and what to look at."""

from boto3.exceptions import Boto3Error, S3UploadFailedError
from botocore import exceptions
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
)
from s3transfer.exceptions import RetriesExceededError

from catalog.exceptions import AccessDenied, ObjectMissing, StorageError

TRANSFER_ERRORS = (BotoCoreError, ClientError, Boto3Error, RetriesExceededError)
WRONG_KEYS = {
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "InvalidToken",
    "ExpiredToken",
    "AuthorizationHeaderMalformed",
}
MISSING = {"404", "NoSuchKey", "NotFound"}
DENIED = {"403", "AccessDenied", "Forbidden"}


def error_code(error: BaseException) -> str:
    """S3's code for the error, also where boto3 wrapped it in its own; empty when S3 did not answer."""
    cause = _client_error(error)
    return str(cause.response.get("Error", {}).get("Code", "")) if cause else ""


def is_precondition_failure(error: BaseException) -> bool:
    return error_code(error) in {"PreconditionFailed", "412", "ConditionalRequestConflict"}


def is_head_answer(error: BaseException) -> bool:
    """Whether the code is a bare status, as of an answer without a body."""
    return error_code(error) in {"403", "404"}


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
    if code:
        return StorageError(f"{start}the server answered {code}.")
    return StorageError(start + _without_answer(error))


def _without_answer(error: BaseException) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, NoCredentialsError | PartialCredentialsError):
            return "no keys. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in .env, or give the machine a role."
        if isinstance(cause, exceptions.ConnectionError | HTTPClientError):
            return f"no connection ({type(cause).__name__}). Check AWS_ENDPOINT_URL and the network."
        cause = cause.__cause__ or cause.__context__
    return f"{type(error).__name__}: {error}"


def _client_error(error: BaseException) -> ClientError | None:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ClientError):
            return cause
        cause = (cause.__cause__ or cause.__context__) if isinstance(error, S3UploadFailedError) else None
    return None
