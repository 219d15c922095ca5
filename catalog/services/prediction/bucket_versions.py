"""Versions found with the bucket alone: by what is published of an alias, or by the manifest of a number.

Django's models and its database are not needed, only settings: one small object is read, by one request.
"""

from collections.abc import Mapping
from typing import Any

from catalog.exceptions import DigestMismatch, InvalidData, InvalidReference, NotFound, NotSigned, ObjectMissing
from catalog.reference_syntax import DEFAULT_ALIAS, LATEST, parse_model_reference
from catalog.services.persistence.published_versions import ALIAS_KIND, LARGEST, PublishedVersion
from catalog.services.persistence.signing import verify_manifest
from catalog.storage.interface import catalog_storage, read_bytes
from catalog.storage.keys import model_artifact, published_alias, version_manifest
from catalog.strict_json import restore_number

VERSION_KIND = "modelversion"
UNSOUND = "Ask whoever keeps the catalog to run manage.py verify_catalog, which says what is wrong with it."


def find_published(reference: str) -> PublishedVersion:
    """The version that the reference names now.

    Raises InvalidReference, NotFound, StorageError, and DigestMismatch, NotSigned or InvalidData for what the catalog
    did not write so.
    """
    match = parse_model_reference(reference)
    name, number = match["name"], match["number"]
    if number == LATEST:
        raise InvalidReference(
            f"{reference}: which version is the newest, the database alone knows. With the bucket alone name "
            f"{name}, {name}@alias or {name}:3."
        )
    return _find_number(name, int(number)) if number else _find_alias(name, match["alias"] or DEFAULT_ALIAS)


def _find_alias(name: str, alias: str) -> PublishedVersion:
    key = published_alias(name, alias)
    try:
        told = _read(key, {"kind": ALIAS_KIND, "model": name, "alias": alias})
    except ObjectMissing as error:
        raise NotFound(
            f"{name}@{alias} is not published: no version has held it, or the keys may not read "
            f"{catalog_storage().uri(key)}. Promote one; what was promoted by an earlier release, "
            "verify_catalog --repair --yes publishes."
        ) from error
    if told["version"] is None:
        raise NotFound(f"{name}@{alias} leads to no version now: it was removed. Promote one, or name another alias.")
    return _version(key, name, told["version"])


def _find_number(name: str, number: int) -> PublishedVersion:
    """By its manifest, which says what it was when it was stored: that it was archived later is not in it."""
    key = version_manifest(name, number)
    try:
        values = _read(key, {"kind": VERSION_KIND, "number": number})
    except ObjectMissing as error:
        raise NotFound(f"There is no {catalog_storage().uri(key)}, or the keys may not read it.") from error
    model = values.get("registered_model")
    if not isinstance(model, dict) or model.get("name") != name:
        raise InvalidData(f"{catalog_storage().uri(key)}: it is the manifest of something else. {UNSOUND}")
    return _version(key, name, values)


def _read(key: str, expected: Mapping[str, Any]) -> dict[str, Any]:
    """The members of the object, which must be what it is taken for: a signature says nothing of where it lies."""
    storage = catalog_storage()
    try:
        values = verify_manifest(read_bytes(storage, key, most=LARGEST), object_hook=restore_number)
    except (DigestMismatch, InvalidData, NotSigned) as error:
        raise type(error)(f"{storage.uri(key)}: {error}. It was not used. {UNSOUND}") from error
    if any(values.get(member) != value for member, value in expected.items()) or "version" not in {"version", *values}:
        raise InvalidData(f"{storage.uri(key)}: it is the manifest of something else. {UNSOUND}")
    return values


def _version(key: str, name: str, values: Mapping[str, Any]) -> PublishedVersion:
    """Its artifact lies where those of the version lie, and nowhere else."""
    uri = catalog_storage().uri(key)
    try:
        version = PublishedVersion.from_values(f"{name}:{values['number']}", values)
        expected = model_artifact(name, version.number, version.sha256, version.artifact_format)
    except (InvalidData, KeyError, TypeError, ValueError) as error:
        raise InvalidData(f"{uri}: it does not hold what is published of a version. {UNSOUND}") from error
    if version.artifact != expected:
        raise InvalidData(f"{uri} names {version.artifact!r:.200}, which is not where its artifact lies. {UNSOUND}")
    return version
