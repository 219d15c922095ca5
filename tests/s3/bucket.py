"""What lies in the bucket, seen past the catalog: through plain boto3."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.s3.machine import Machine


@dataclass(frozen=True)
class Bucket:
    client: Any
    name: str

    def objects(self, machine: Machine) -> dict[str, str]:
        """ETags by key of all that lies in the machine's folder, without the folders' markers."""
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.name, Prefix=f"{machine.environment['AWS_LOCATION']}/"
        )
        return {
            each["Key"]: each["ETag"]
            for page in pages
            for each in page.get("Contents", [])
            if not each["Key"].endswith("/")
        }

    def only(self, machine: Machine, ending: str) -> str:
        """The one key of the machine's folder that ends so."""
        (key,) = [key for key in self.objects(machine) if key.endswith(ending)]
        return key

    def read(self, key: str) -> bytes:
        content: bytes = self.client.get_object(Bucket=self.name, Key=key)["Body"].read()
        return content

    def write(self, key: str, content: bytes) -> None:
        self.client.put_object(Bucket=self.name, Key=key, Body=content)

    def sha256(self, key: str) -> str:
        return hashlib.sha256(self.read(key)).hexdigest()

    @contextmanager
    def changed(self, key: str, content: bytes | None) -> Iterator[None]:
        """Within it the object holds this content, or is gone; then it is as it was, with its metadata."""
        try:
            before = self.client.get_object(Bucket=self.name, Key=key)
        except self.client.exceptions.NoSuchKey:
            before = None
        metadata, body = (before["Metadata"], before["Body"].read()) if before else ({}, b"")
        if content is None:
            self.client.delete_object(Bucket=self.name, Key=key)
        else:
            self.client.put_object(Bucket=self.name, Key=key, Body=content, Metadata=metadata)
        yield
        if before:
            self.client.put_object(Bucket=self.name, Key=key, Body=body, Metadata=metadata)
        else:
            self.client.delete_object(Bucket=self.name, Key=key)
