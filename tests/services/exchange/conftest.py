from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def key(settings: Any) -> Callable[..., None]:
    """Be the catalog with this key that trusts these."""

    def be(own: str, *trusted: str) -> None:
        settings.CATALOG = {**settings.CATALOG, "MANIFEST_KEY": own, "TRUSTED_MANIFEST_KEYS": list(trusted)}

    return be
