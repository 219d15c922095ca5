"""What the server answers, said with what to do about it."""

from typing import Any

import pytest
from botocore import exceptions
from botocore.exceptions import ClientError

from catalog.exceptions import AccessDenied, StorageError, StorageUnreachable, StorageUnusable
from catalog.storage.s3_errors import ADVICE, storage_error

URI = "s3://catalog/models/late/x.joblib"


def said(error: BaseException, action: str = "store") -> StorageError:
    return storage_error(error, action=action, uri=URI, endpoint=None)


def answer(code: str, message: str = "") -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": message}}
    return ClientError(response, "PutObject")


@pytest.mark.parametrize(
    ("code", "setting"),
    [
        ("SignatureDoesNotMatch", "AWS_SECRET_ACCESS_KEY"),
        ("ExpiredToken", "AWS_SESSION_TOKEN"),
        ("ExpiredToken", "AWS_PROFILE"),
        ("InvalidToken", "AWS_SESSION_TOKEN"),
        ("RequestTimeTooSkewed", "clock"),
        ("PermanentRedirect", "AWS_DEFAULT_REGION"),
        ("AuthorizationHeaderMalformed", "AWS_DEFAULT_REGION"),
        ("SecondLevelDomainForbidden", "AWS_S3_ADDRESSING_STYLE=virtual"),
        ("InvalidEncryptionAlgorithmError", "AWS_SSE"),
        ("KMS.DisabledException", "AWS_SSE_KMS_KEY_ID"),
        ("KMS.NotFoundException", "kms:GenerateDataKey"),
    ],
)
def test_the_line_names_what_to_set(code: str, setting: str) -> None:
    message = str(said(answer(code)))
    assert message.startswith(f"Can't store {URI} at AWS: ")
    assert (f"({code})" in message, setting in message) == (True, True), message


def test_no_code_has_two_meanings() -> None:
    codes = [code for codes, _ in ADVICE.values() for code in codes]
    assert sorted(codes) == sorted(set(codes))


@pytest.mark.parametrize(
    "error", [answer("SignatureDoesNotMatch"), answer("NoSuchBucket"), exceptions.NoCredentialsError()], ids=str
)
def test_keys_and_buckets_that_are_wrong_are_so_for_every_object(error: Exception) -> None:
    assert isinstance(said(error), StorageUnusable)
    assert not isinstance(said(answer("AccessDenied")), StorageUnusable)


def test_a_denied_key_of_kms_is_not_a_denied_object() -> None:
    message = "User: arn:aws:iam::1:user/ada is not authorized to perform: kms:GenerateDataKey"
    assert not isinstance(said(answer("AccessDenied", message)), AccessDenied)
    assert "kms:Decrypt" in str(said(answer("AccessDenied", message), "fetch"))
    assert isinstance(said(answer("AccessDenied")), AccessDenied)


@pytest.mark.parametrize(
    ("error", "setting"),
    [
        (exceptions.SSLError(endpoint_url="https://s3", error="self-signed"), "AWS_CA_BUNDLE"),
        (exceptions.ProxyConnectionError(proxy_url="http://proxy", error="refused"), "HTTPS_PROXY"),
        (exceptions.EndpointConnectionError(endpoint_url="https://s3"), "AWS_ENDPOINT_URL"),
    ],
)
def test_who_is_not_reached_is_told_by_what_stands_between(error: Exception, setting: str) -> None:
    assert isinstance(said(error), StorageUnreachable)
    assert setting in str(said(error))


@pytest.mark.parametrize(
    "error",
    [
        exceptions.ProfileNotFound(profile="work"),
        exceptions.CredentialRetrievalError(provider="custom-process", error_msg="exit 1"),
        exceptions.UnauthorizedSSOTokenError(),
    ],
)
def test_keys_that_boto3_does_not_get_name_the_profile(error: Exception) -> None:
    assert "the keys can't be had" in str(said(error))
    assert "AWS_PROFILE" in str(said(error))


def test_with_hosts_named_after_buckets_that_is_looked_at_too(settings: Any) -> None:
    settings.CATALOG["S3_ADDRESSING_STYLE"] = "virtual"
    assert "AWS_S3_ADDRESSING_STYLE" in str(said(exceptions.EndpointConnectionError(endpoint_url="https://s3")))
