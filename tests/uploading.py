"""What tests of uploads share: files written, and proof that nothing is left of a refused one."""

from pathlib import Path

from catalog.models import AuditEvent, ModelVersion, RegisteredModel, UnstoredManifest
from tests.services.snapshots import location


def write_model(folder: Path, content: bytes, name: str = "m.skops") -> str:
    path = folder / name
    path.write_bytes(content)
    return str(path)


def assert_nothing_is_left() -> None:
    assert not ModelVersion.objects.exists()
    assert not RegisteredModel.objects.exists()
    assert not AuditEvent.objects.exists()
    assert not UnstoredManifest.objects.exists()
    assert [path for path in location().rglob("*") if path.is_file()] == []
