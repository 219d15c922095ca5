"""Two workers collect the same tests by the same names, whatever the second."""

import pytest


def test_no_test_is_named_after_bytes(request: pytest.FixtureRequest) -> None:
    named = [
        item.nodeid
        for item in request.session.items
        if isinstance(item, pytest.Function) and hasattr(item, "callspec")
        for value in item.callspec.params.values()
        if isinstance(value, bytes) and len(value) > 1 and repr(value)[2:-1] in item.callspec.id
    ]
    assert named == []
