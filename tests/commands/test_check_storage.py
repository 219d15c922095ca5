from pathlib import Path
from typing import Any, NoReturn

import pytest
from botocore.exceptions import ClientError

from catalog.exceptions import StorageUnreachable
from catalog.storage.local import LocalCatalogStorage
from catalog.storage.s3_errors import storage_error
from tests.commands.conftest import Run


def test_says_that_the_local_folder_does_all(run: Run, tmp_path: Path) -> None:
    assert run("check_storage").lines == [
        f"Storage: {tmp_path}/objects/",
        "  put                 permitted",
        "  head                permitted",
        "  get                 permitted",
        "  list                permitted",
        "  delete              permitted",
        "  conditional writes  work",
    ]


def test_json_says_the_same(run: Run, tmp_path: Path) -> None:
    result = run("check_storage", "--json").json
    assert result["permitted"] == dict.fromkeys(["put", "head", "get", "list", "delete"], True)
    assert (result["location"], result["conditional_writes"]) == (f"{tmp_path}/objects/", True)


def test_the_probe_is_removed_again(run: Run, tmp_path: Path) -> None:
    run("check_storage")
    assert list((tmp_path / "objects").iterdir()) == []


def test_a_probe_that_is_still_there_is_named_and_not_called_deleted(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LocalCatalogStorage, "delete_own", lambda self, key, *, upload_token: False)
    outcome = run("check_storage")
    assert (outcome.code, "  delete              NOT permitted" in outcome.lines) == (1, True)
    assert outcome.err.startswith(f"{tmp_path}/objects/.probe-")
    assert outcome.err.endswith(" is still there. Delete it by hand.")


def test_what_is_denied_does_not_refer_to_the_command_itself(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def listdir(*arguments: Any) -> NoReturn:
        raise storage_error(
            ClientError({"Error": {"Code": "AccessDenied"}}, "List"), action="list", uri="s3://b", endpoint=None
        )

    monkeypatch.setattr(LocalCatalogStorage, "listdir", listdir)
    lines = run("check_storage").lines
    assert "  Can't list s3://b at AWS: access denied." in lines
    assert any(line.startswith("  To permit list: allow s3:ListBucket") for line in lines)


def test_what_does_not_answer_is_not_called_forbidden(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def put(*arguments: Any, **options: Any) -> NoReturn:
        raise StorageUnreachable("no connection")

    monkeypatch.setattr(LocalCatalogStorage, "put", put)
    outcome = run("check_storage")
    assert (outcome.code, outcome.lines[1], outcome.err) == (1, "  put  did not answer", "no connection")


def test_a_folder_that_can_not_be_written_is_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "objects").write_text("a file where the folder should be")
    outcome = run("check_storage")
    assert (outcome.code, "\n" in outcome.err) == (1, False)
    assert str(tmp_path / "objects") in outcome.err


@pytest.mark.parametrize("command", ["add_dataset", "train_model", "predict", "promote", "rollback", "evaluate"])
def test_a_command_without_its_arguments_says_which_are_missing(run: Run, command: str) -> None:
    assert "the following arguments are required" in run(command).err
