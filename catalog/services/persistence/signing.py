"""A manifest ends in the digest of its text and, where CATALOG_MANIFEST_KEY is set, in a signature before that.

The digest shows that a manifest is as it was written; anybody can make one. The signature (HMAC-SHA-256, RFC 2104)
shows that whoever wrote it had the key: with the key to the bucket alone no manifest can be forged.
"""

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any, NoReturn

from catalog.conf import catalog_settings
from catalog.exceptions import DigestMismatch, InvalidData, NotSigned

FORMAT = 1
END = "\n}"
SIGNATURE, DIGEST = "manifest_hmac_sha256", "manifest_sha256"


def sign_manifest(text: str) -> str:
    """The JSON object `text`, indented by one, with signature, where there is a key, and digest as last members."""
    if key := catalog_settings().manifest_key:
        text = _with(text, SIGNATURE, _signature(text.encode(), key))
    return _with(text, DIGEST, hashlib.sha256(text.encode()).hexdigest())


def verify_manifest(content: bytes, *, object_hook: Callable[[dict[str, Any]], Any] | None = None) -> dict[str, Any]:
    """The members of a stored manifest, each object in it as `object_hook` makes it.

    Raises DigestMismatch unless every byte is as it was written, InvalidData for what no manifest is, and NotSigned
    where a key is set and it was not signed with that.
    """
    text, values = _read(content, object_hook)
    key = catalog_settings().manifest_key
    if key and not _is_signed(text, key):
        raise NotSigned("it is not signed with CATALOG_MANIFEST_KEY: anybody who can write there may have written it")
    return values


def read_signed(content: bytes) -> tuple[dict[str, Any], bool]:
    """The members of a manifest that came with an exported version, and whether it was signed with this catalog's key
    or with one of those that it trusts. Raises DigestMismatch and InvalidData, as verify_manifest() does.
    """
    text, values = _read(content)
    keys = [catalog_settings().manifest_key, *catalog_settings().trusted_manifest_keys]
    return values, any(_is_signed(text, key) for key in keys if key)


def _read(content: bytes, object_hook: Callable[[dict[str, Any]], Any] | None = None) -> tuple[bytes, dict[str, Any]]:
    """The text that a signature is of, and its members."""
    text, digest = _without(content, DIGEST)
    if digest != hashlib.sha256(text).hexdigest().encode():
        raise DigestMismatch("it is not as the catalog wrote it: its own digest does not match")
    try:
        values: dict[str, Any] = json.loads(text, parse_constant=_refuse, object_hook=object_hook)
        format_number = values.get("format")
    except (ValueError, RecursionError, AttributeError) as error:
        raise InvalidData(f"it has a digest, and is no manifest ({type(error).__name__})") from error
    if format_number != FORMAT:
        raise InvalidData(f"it has the format {format_number!r:.80}, and this release reads format {FORMAT}")
    return text, values


def _with(text: str, name: str, value: str) -> str:
    return f'{text.removesuffix(END)},\n "{name}": "{value}"{END}'


def _without(content: bytes, name: str) -> tuple[bytes, bytes]:
    """The text as it was before this member came last, and the member's value; both empty if it does not come last."""
    text, separator, rest = content.rpartition(f',\n "{name}": "'.encode())
    end = f'"{END}'.encode()
    return (text + END.encode(), rest.removesuffix(end)) if separator and rest.endswith(end) else (b"", b"")


def _signature(text: bytes, key: str) -> str:
    return hmac.digest(key.encode(), text, "sha256").hex()


def _is_signed(content: bytes, key: str) -> bool:
    text, signature = _without(content, SIGNATURE)
    return hmac.compare_digest(_signature(text, key).encode(), signature)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")
