"""Folders of others that the catalog writes to, with the promises of its own storage: an object is written once."""

from pathlib import Path
from typing import cast

from catalog.conf import catalog_settings
from catalog.exceptions import InvalidRequest
from catalog.storage.addresses import check_address, check_parts_of, is_s3_uri
from catalog.storage.interface import CatalogStorage
from catalog.storage.local import LocalCatalogStorage


def check_folder(address: str) -> None:
    """Raises InvalidRequest unless objects can be put below the address."""
    check_address(address)
    if is_s3_uri(address):
        if not address.endswith("/") or len(address.split("/")) < len(["s3:", "", "bucket", ""]):
            raise InvalidRequest(
                f"{address}: a prediction in parts writes many files. Name a folder, ending in a slash."
            )
        if folder := address.removeprefix("s3://").partition("/")[2].removesuffix("/"):
            check_parts_of(folder)
    elif not Path(address).expanduser().is_dir():
        raise InvalidRequest(f"{address} is no folder. A prediction in parts writes many files: make the folder first.")


def absolute(address: str) -> str:
    """The address as other machines and other folders understand it."""
    return address if not address or is_s3_uri(address) else str(Path(address).expanduser().absolute())


def folder_at(address: str) -> CatalogStorage:
    """What lies below s3://bucket/folder/ or a folder that all machines see. Keys are relative to it."""
    if is_s3_uri(address):
        from catalog.storage.s3 import S3CatalogStorage

        bucket, _, folder = address.removeprefix("s3://").partition("/")
        options = {"bucket_name": bucket, "location": folder.strip("/"), **catalog_settings().s3_options}
        return cast(CatalogStorage, S3CatalogStorage(**options))
    return cast(CatalogStorage, LocalCatalogStorage(location=Path(address).expanduser().absolute()))
