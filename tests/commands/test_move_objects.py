"""What `move_objects` says when the storage that it copies to refuses everything."""

from typing import Any, NoReturn

import pytest

from catalog.exceptions import StorageUnusable
from catalog.models import ModelVersion
from catalog.storage.local import LocalCatalogStorage
from tests.commands.conftest import Run
from tests.services.integrity.catalogs import make_sound, path_of


@pytest.mark.parametrize(
    ("stored", "said"),
    [(0, ""), (2, " Copied before: 2 objects. Run the command again: it goes on where it was.")],
)
def test_a_move_ends_at_the_first_object_that_is_refused_as_all_would_be(
    run: Run, late_v1: ModelVersion, settings: Any, monkeypatch: pytest.MonkeyPatch, stored: int, said: str
) -> None:
    make_sound(late_v1)
    source, puts = path_of(""), [LocalCatalogStorage.put] * stored

    def put(*arguments: Any, **options: Any) -> None:
        puts.pop()(*arguments, **options) if puts else refuse()

    monkeypatch.setattr(LocalCatalogStorage, "put", put)
    options = {"location": source.with_name("elsewhere")}
    settings.STORAGES = {**settings.STORAGES, "default": {**settings.STORAGES["default"], "OPTIONS": options}}
    outcome = run("move_objects", source, "--yes")
    assert (outcome.code, outcome.out, outcome.err) == (1, "", f"The server refuses the keys.{said}")


def refuse() -> NoReturn:
    raise StorageUnusable("The server refuses the keys.")
