"""boto3's errors, said once in the catalog's words: what failed, where, and what to look at."""

from collections.abc import Iterator
from typing import Any

from boto3.exceptions import Boto3Error, S3UploadFailedError
from botocore import exceptions
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    ProxyConnectionError,
    ReadTimeoutError,
    SSLError,
    SSOError,
    TokenRetrievalError,
)
from botocore.parsers import ResponseParserError
from s3transfer.exceptions import RetriesExceededError, S3DownloadFailedError, S3ValidationError
from urllib3.exceptions import HTTPError

from catalog.conf import catalog_settings
from catalog.exceptions import AccessDenied, ObjectMissing, StorageError, StorageUnreachable, StorageUnusable

TRANSFER_ERRORS = (
    BotoCoreError,
    ClientError,
    Boto3Error,
    ResponseParserError,
    RetriesExceededError,
    S3DownloadFailedError,
    S3ValidationError,
    HTTPError,  # botocore lets it pass when the body of an error breaks off
)
ANSWERS_TO_HEAD = {"301", "307", "400", "403", "404"}
EXPIRED = (
    "Put new ones into AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or leave all three empty: boto3 "
    "then takes those of AWS_PROFILE or the machine's role and refreshes them."
)
# What to do, by the code that the server gives. Where codes are the keys' or the settings', no retry helps.
ADVICE = {
    "the server refuses the keys": (
        {"InvalidAccessKeyId", "SignatureDoesNotMatch"},
        "Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
    ),
    "the temporary keys have expired": (
        {"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"},
        EXPIRED,
    ),
    "the server refuses the session token": (
        {"InvalidToken"},
        "AWS_SESSION_TOKEN goes with temporary keys: set the one that belongs to them, and none for other keys.",
    ),
    "this machine's clock and the server's differ by too much": (
        {"RequestTimeTooSkewed", "RequestExpired"},
        "Set this machine's clock, as by `timedatectl set-ntp true`.",
    ),
    "the bucket lies in another region": (
        {"AuthorizationHeaderMalformed", "PermanentRedirect", "TemporaryRedirect", "IllegalLocationConstraintException"}
        | {"301", "307"},
        "Check AWS_DEFAULT_REGION and AWS_ENDPOINT_URL.",
    ),
    "the server takes the bucket in the host's name alone": (
        {"SecondLevelDomainForbidden", "VirtualHostDomainRequired"},
        "Set AWS_S3_ADDRESSING_STYLE=virtual.",
    ),
    "the server does not know this encryption": (
        {"InvalidEncryptionAlgorithmError", "ServerSideEncryptionConfigurationNotFoundError"},
        "Check AWS_SSE and AWS_SSE_KMS_KEY_ID.",
    ),
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
    return error_code(error) in ANSWERS_TO_HEAD


def ask_by_get(client: Any, bucket: str, key: str) -> BaseException | None:
    """The error that GET is answered with, whose body says why, as the answer to HEAD does not.

    None if there is no error, or its body does not arrive, which botocore leaves to urllib3 to raise.
    """
    try:
        client.get_object(Bucket=bucket, Key=key, Range="bytes=0-0")["Body"].read()
    except TRANSFER_ERRORS as error:
        return error
    except HTTPError:
        return None
    return None


def storage_error(error: BaseException, *, action: str, uri: str, endpoint: str | None) -> StorageError:
    """The StorageError to raise from `error`. Names bucket, key and endpoint, never a secret."""
    code = error_code(error)
    bucket = uri.removeprefix("s3://").partition("/")[0]
    where = f"{uri} at {endpoint or 'AWS'}"
    start = f"Can't {action} {where}: "
    if advised := _advised(code, _message(error)):
        return StorageUnusable(start + advised)
    if code == "NoSuchBucket":
        return StorageUnusable(f"{start}there is no bucket {bucket}. Check AWS_BUCKET_NAME and AWS_ENDPOINT_URL.")
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


def _advised(code: str, message: str) -> str:
    """What is wrong and what to do, where the answer says it; else empty."""
    if code.startswith("KMS") or (code in DENIED and "kms:" in message):
        return (
            f"the key of AWS_SSE_KMS_KEY_ID can't be used ({code}). Check that it is there and enabled, and permit "
            "kms:GenerateDataKey and kms:Decrypt with it."
        )
    for what, (codes, to_do) in ADVICE.items():
        if code in codes:
            return f"{what} ({code}). {to_do}"
    return ""


def _message(error: BaseException) -> str:
    cause = _client_error(error)
    return str(cause.response.get("Error", {}).get("Message", "")) if cause else ""


def _without_answer(error: BaseException, start: str) -> StorageError:
    for cause in _causes(error):
        name = type(cause).__name__
        match cause:
            case NoCredentialsError() | PartialCredentialsError():
                advice = "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in .env, or give the machine a role."
                return StorageUnusable(f"{start}no keys. {advice}")
            case CredentialRetrievalError() | ProfileNotFound() | SSOError() | TokenRetrievalError():
                return StorageUnusable(f"{start}the keys can't be had: {_one_line(cause)}. Check AWS_PROFILE.")
            case SSLError():
                advice = "AWS_CA_BUNDLE names the file of your own authority's certificate."
                return StorageUnreachable(f"{start}the server's certificate is not trusted. {advice}")
            case ProxyConnectionError():
                return StorageUnreachable(f"{start}no connection to the proxy. Check HTTPS_PROXY and NO_PROXY.")
            case ReadTimeoutError():
                seconds = f"{catalog_settings().s3_timeout_seconds} seconds (CATALOG_S3_TIMEOUT_SECONDS)"
                return StorageUnreachable(f"{start}the server was silent for {seconds}, again and again.")
            case ConnectTimeoutError() | exceptions.ConnectionError():
                return StorageUnreachable(f"{start}no connection ({name}). {_reach()} and the network.")
    if broken := next((cause for cause in _causes(error) if isinstance(cause, BROKEN_OFF)), None):
        name = type(broken).__name__
        return StorageError(f"{start}the connection broke off again and again ({name}). Run the command again later.")
    return StorageError(f"{start}{type(error).__name__}: {error}")


def _one_line(error: BaseException) -> str:
    """The first line and the last, where a program that gives keys said more."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    return " … ".join(dict.fromkeys([lines[0], lines[-1]])).rstrip(".")


def _reach() -> str:
    is_virtual = catalog_settings().s3_addressing_style == "virtual"
    return "Check AWS_ENDPOINT_URL, AWS_S3_ADDRESSING_STYLE" if is_virtual else "Check AWS_ENDPOINT_URL"


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
