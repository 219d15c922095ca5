"""Signed manifests: whoever has no more than the bucket's keys can't forge one."""

import json
from typing import Any

import pytest

from catalog.exceptions import DigestMismatch, NotSigned
from catalog.services.seals import sealed, unsealed

OLD, NEW = "old-" * 10, "new-" * 10
TEXT = json.dumps({"format": 1, "name": "late"}, indent=1)


def test_a_signed_manifest_is_read_with_any_of_the_keys(settings: Any) -> None:
    settings.CATALOG_MANIFEST_KEYS = [OLD]
    content = sealed(TEXT).encode()
    settings.CATALOG_MANIFEST_KEYS = [NEW, OLD]
    assert unsealed(content)["name"] == "late"


def test_the_first_key_signs(settings: Any) -> None:
    settings.CATALOG_MANIFEST_KEYS = [NEW, OLD]
    content = sealed(TEXT).encode()
    settings.CATALOG_MANIFEST_KEYS = [NEW]
    assert unsealed(content)["name"] == "late"


@pytest.mark.parametrize("keys", [[], [OLD]])
def test_what_the_key_did_not_sign_is_refused(settings: Any, keys: list[str]) -> None:
    settings.CATALOG_MANIFEST_KEYS = keys
    content = sealed(TEXT).encode()
    settings.CATALOG_MANIFEST_KEYS = [NEW]
    with pytest.raises(NotSigned, match="it is not signed with CATALOG_MANIFEST_KEY"):
        unsealed(content)


def test_a_changed_text_with_a_new_digest_keeps_no_signature(settings: Any) -> None:
    settings.CATALOG_MANIFEST_KEYS = [NEW]
    signed = sealed(TEXT).rpartition(',\n "manifest_sha256"')[0] + "\n}"
    settings.CATALOG_MANIFEST_KEYS = []
    forged = sealed(signed.replace("late", "evil")).encode()
    assert unsealed(forged)["name"] == "evil"
    settings.CATALOG_MANIFEST_KEYS = [NEW]
    with pytest.raises(NotSigned):
        unsealed(forged)


def test_a_signed_manifest_is_read_where_no_key_is_set(settings: Any) -> None:
    settings.CATALOG_MANIFEST_KEYS = [NEW]
    content = sealed(TEXT).encode()
    settings.CATALOG_MANIFEST_KEYS = []
    assert unsealed(content)["name"] == "late"


def test_every_byte_of_a_signed_manifest_counts(settings: Any) -> None:
    settings.CATALOG_MANIFEST_KEYS = [NEW]
    content = sealed(TEXT).encode()
    settings.CATALOG_MANIFEST_KEYS = []
    for position in range(len(content)):
        changed = bytearray(content)
        changed[position] ^= 1
        with pytest.raises(DigestMismatch):
            unsealed(bytes(changed))


def test_the_key_is_not_in_the_manifest(settings: Any) -> None:
    settings.CATALOG_MANIFEST_KEYS = [NEW]
    assert NEW not in sealed(TEXT)
