"""Two workers collect the same tests by the same names, whatever the second."""

import gzip

import pytest


@pytest.mark.parametrize("content", [gzip.compress(b"a,b\n1,2\n"), b"a,b\n1,2\n"])
def test_no_test_is_named_after_bytes(request: pytest.FixtureRequest, content: bytes) -> None:
    assert request.node.callspec.id in {"content0", "content1"}
