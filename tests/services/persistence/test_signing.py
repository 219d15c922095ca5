"""Signed manifests: whoever has no more than the bucket's keys can't forge one."""

import json
from typing import Any

import pytest

from catalog.exceptions import DigestMismatch, NotSigned
from catalog.services.persistence.signing import sign_manifest, verify_manifest

OLD, NEW = "old-" * 10, "new-" * 10
TEXT = json.dumps({"format": 1, "name": "late"}, indent=1)


def test_a_signed_manifest_is_read(settings: Any) -> None:
    settings.CATALOG["MANIFEST_KEY"] = NEW
    assert verify_manifest(sign_manifest(TEXT).encode())["name"] == "late"


@pytest.mark.parametrize("key", ["", OLD])
def test_what_the_key_did_not_sign_is_refused(settings: Any, key: str) -> None:
    settings.CATALOG["MANIFEST_KEY"] = key
    content = sign_manifest(TEXT).encode()
    settings.CATALOG["MANIFEST_KEY"] = NEW
    with pytest.raises(NotSigned, match="it is not signed with CATALOG_MANIFEST_KEY"):
        verify_manifest(content)


def test_a_changed_text_with_a_new_digest_keeps_no_signature(settings: Any) -> None:
    settings.CATALOG["MANIFEST_KEY"] = NEW
    signed = sign_manifest(TEXT).rpartition(',\n "manifest_sha256"')[0] + "\n}"
    settings.CATALOG["MANIFEST_KEY"] = ""
    forged = sign_manifest(signed.replace("late", "evil")).encode()
    assert verify_manifest(forged)["name"] == "evil"
    settings.CATALOG["MANIFEST_KEY"] = NEW
    with pytest.raises(NotSigned):
        verify_manifest(forged)


def test_a_signed_manifest_is_read_where_no_key_is_set(settings: Any) -> None:
    settings.CATALOG["MANIFEST_KEY"] = NEW
    content = sign_manifest(TEXT).encode()
    settings.CATALOG["MANIFEST_KEY"] = ""
    assert verify_manifest(content)["name"] == "late"


def test_every_byte_of_a_signed_manifest_counts(settings: Any) -> None:
    settings.CATALOG["MANIFEST_KEY"] = NEW
    content = sign_manifest(TEXT).encode()
    settings.CATALOG["MANIFEST_KEY"] = ""
    for position in range(len(content)):
        changed = bytearray(content)
        changed[position] ^= 1
        with pytest.raises(DigestMismatch):
            verify_manifest(bytes(changed))


def test_the_key_is_not_in_the_manifest(settings: Any) -> None:
    settings.CATALOG["MANIFEST_KEY"] = NEW
    assert NEW not in sign_manifest(TEXT)
