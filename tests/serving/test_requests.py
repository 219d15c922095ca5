"""What is asked, in every shape, is answered as manage.py predict answers it, or refused in its words."""

import json
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from tests.factories import write_csv
from tests.servers.site import ROOT, run
from tests.services.snapshots import departures
from tests.serving.served_process import Server, served_environment


@cache
def rows() -> list[dict[str, Any]]:
    table: list[dict[str, Any]] = json.loads(departures().drop(columns="late").head(40).to_json(orient="records"))
    return table


@pytest.fixture(scope="session")
def commanded(served_folder: Path) -> pd.DataFrame:
    """What manage.py predict writes for the rows, by the version in production."""
    source = write_csv(departures().drop(columns="late").head(40), served_folder, "new.csv")
    target = served_folder / "new.parquet"
    words = ["predict", "late", "-i", str(source), "-o", str(target), "--proba"]
    run(served_environment(served_folder), str(ROOT / "manage.py"), *words)
    return pq.read_table(target).to_pandas()


def test_predictions_and_probabilities_are_those_of_the_command(server: Server, commanded: pd.DataFrame) -> None:
    answer = server.post("/models/late/predict?proba=true", {"rows": rows()}).json
    assert (answer["reference"], len(answer["sha256"])) == ("late:1", 64)
    assert answer["predictions"] == commanded["prediction"].tolist()
    assert answer["probabilities"] == commanded.iloc[:, 1:].to_numpy().tolist()
    assert answer["classes"] == [False, True]


@pytest.mark.parametrize("shape", ["rows", "list", "one"])
def test_rows_come_in_an_envelope_in_a_list_or_alone(server: Server, commanded: pd.DataFrame, shape: str) -> None:
    body = {"rows": {"rows": rows()}, "list": rows(), "one": rows()[0]}[shape]
    expected = commanded["prediction"].tolist()[: 1 if shape == "one" else None]
    answer = server.post("/models/late/predict", body).json
    assert answer["predictions"] == expected
    assert "probabilities" not in answer


def shapes() -> dict[str, Any]:
    table = pd.DataFrame(rows())
    split = {"columns": list(table.columns), "data": json.loads(table.to_json(orient="values"))}
    return {
        "dataframe_split": {"dataframe_split": split},
        "dataframe_records": {"dataframe_records": rows()},
        "instances": {"instances": rows()},
        "inputs": {"inputs": {name: [row[name] for row in rows()] for name in table.columns}},
    }


@pytest.mark.parametrize("shape", ["dataframe_split", "dataframe_records", "instances", "inputs"])
def test_the_shapes_of_mlflow_are_taken(server: Server, commanded: pd.DataFrame, shape: str) -> None:
    answer = server.post("/models/late/invocations", shapes()[shape])
    assert answer.json["predictions"] == commanded["prediction"].tolist()


def test_csv_is_taken(server: Server, commanded: pd.DataFrame, served_folder: Path) -> None:
    content = (served_folder / "new.csv").read_bytes()
    answer = server.post("/models/late/invocations", content, content_type="text/csv; charset=utf-8")
    assert answer.json["predictions"] == commanded["prediction"].tolist()


@pytest.mark.parametrize(
    ("reference", "version"), [("late@staging", "late:2"), ("late:2", "late:2"), ("late:1", "late:1")]
)
def test_an_alias_or_a_number_is_answered_by_its_version(server: Server, reference: str, version: str) -> None:
    assert server.post(f"/models/{reference}/predict", rows()).json["reference"] == version


WRONG = [
    ({"distance": "far"}, "rows: column 'distance', row 2: 'far' is not a number."),
    ({"distance": [1]}, "rows: column 'distance', row 2: '[1]' is not a number."),
    ({"time_hour": "soon"}, "rows: column 'time_hour', row 2: 'soon' is not a timestamp with a time zone."),
]


@pytest.mark.parametrize(("cells", "message"), WRONG)
def test_a_cell_that_does_not_fit_is_named(server: Server, cells: dict[str, Any], message: str) -> None:
    answer = server.post("/models/late/predict", [rows()[0], {**rows()[1], **cells}])
    assert (answer.status, answer.json["detail"]) == (422, message)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[NaN]", b"\xff", b"[" * 100_000, b"3", b"[1]", b"null", b'{"rows": 3}', b"[]",
        b'[{"distance": 1}]', b"9" * 5_000, b'[{"carrier": 1e999}]',
    ],
)  # fmt: skip
@pytest.mark.parametrize("endpoint", ["predict", "invocations"])
def test_a_body_that_is_no_rows_is_refused_in_one_line(server: Server, body: bytes, endpoint: str) -> None:
    answer = server.post(f"/models/late/{endpoint}", body)
    assert answer.status == 422
    assert answer.json["detail"].strip()
    assert "\n" not in answer.json["detail"]


@pytest.mark.parametrize("reference", ["nothing", "late@nothing", "late:99", "LATE", "late%3A2%3A3", "..%2Flate"])
def test_what_is_not_there_is_not_found(server: Server, reference: str) -> None:
    assert server.post(f"/models/{reference}/predict", rows()).status == 404


@pytest.mark.parametrize("token", ["", "another", "of-the-tests-alone2"])
def test_nobody_is_answered_without_a_token(server: Server, token: str) -> None:
    answer = server.post("/models/late/predict", rows(), token=token)
    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.json["detail"].startswith("This token is not known here" if token else "A token is needed")
    assert server.get("/metrics", token=token).status == 401
    assert server.get("/healthz", token=token).json == {"status": "ok"}


def test_a_token_that_people_make_is_taken_until_they_revoke_it(server: Server, served_folder: Path) -> None:
    manage = [str(ROOT / "manage.py")]
    variables = served_environment(served_folder)
    token = json.loads(run(variables, *manage, "create_token", "shop", "--model", "late", "--json"))["token"]
    settle(lambda: server.post("/models/late/predict", rows(), token=token).status == 200)
    assert server.get("/metrics", token=token).status == 403
    assert server.get("/v2/models/other", token=token).status == 403
    run(variables, *manage, "revoke_token", "shop")
    settle(lambda: server.post("/models/late/predict", rows(), token=token).status == 401)
    assert token not in server.log.read_text()


def settle(is_so: Callable[[], bool]) -> None:
    """Wait for what follows within the interval in which a server looks, and some time for a busy machine."""
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_too_many_rows_or_bytes_are_refused(server: Server) -> None:
    many = server.post("/models/late/predict", [{}] * 501)
    assert (many.status, many.json["detail"]) == (413, "501 rows in one request, and at most 500 are answered.")
    large = server.post("/models/late/predict", b" " * 204_801)
    assert (large.status, large.json["detail"]) == (413, "The request is larger than 204,800 bytes.")


def test_many_at_once_are_scored_together_and_each_is_answered_for_its_own_rows(
    server: Server, commanded: pd.DataFrame
) -> None:
    numbers = [number % 40 for number in range(400)]
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda number: server.post("/models/late/predict", rows()[number]), numbers))
    assert {answer.status for answer in answers} == {200}
    assert [answer.json["predictions"][0] for answer in answers] == [commanded["prediction"][at] for at in numbers]
    text = server.get("/metrics").body.decode()
    batches = float(text.partition('catalog_batch_rows_bucket{le="1.0",model="late"} ')[2].partition("\n")[0])
    assert batches < 400


def test_a_wrong_request_among_others_fails_alone(server: Server) -> None:
    bodies = [{**rows()[0], "distance": "far"} if number % 5 == 0 else rows()[0] for number in range(50)]
    with ThreadPoolExecutor(16) as threads:
        statuses = list(threads.map(lambda body: server.post("/models/late/predict", body).status, bodies))
    assert statuses == [422 if number % 5 == 0 else 200 for number in range(50)]


def test_the_description_shows_the_fields_of_each_model_and_no_data(server: Server) -> None:
    operation = server.get("/openapi.json", token="").json["paths"]["/models/late/predict"]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    fields = schema["properties"]["rows"]["items"]["properties"]
    assert set(fields) == set(rows()[0])
    assert fields["distance"]["anyOf"] == [{"type": "number"}, {"type": "null"}]
    assert "categories" not in json.dumps(operation)


def test_the_example_of_the_description_is_answered(server: Server) -> None:
    operation = server.get("/openapi.json", token="").json["paths"]["/models/late/predict"]["post"]
    example = operation["requestBody"]["content"]["application/json"]["example"]
    assert len(server.post("/models/late/predict", example).json["predictions"]) == 1


def test_the_page_of_the_description_needs_nothing_from_elsewhere(server: Server) -> None:
    page = server.get("/docs", token="")
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.body.decode())
    assert len(addresses) == 4
    assert {server.get(f"/{address}", token="").status for address in addresses} == {200}
    assert "script-src 'self'; style-src 'self';" in page.headers["Content-Security-Policy"]
    assert not re.search(r"<script>|<style|style=|https?:", page.body.decode())
    assert server.get("/docs/start.py", token="").status == 404


@pytest.mark.parametrize(("word", "status"), [("true", 200), ("0", 200), ("maybe", 422)])
def test_probabilities_are_asked_for_by_a_word_that_is_one(server: Server, word: str, status: int) -> None:
    assert server.post(f"/models/late/predict?proba={word}", rows()).status == status


def test_the_log_holds_no_row(server: Server) -> None:
    server.post("/models/late/predict", [{**rows()[0], "carrier": "planted-in-a-row"}])
    assert "POST /models/late/predict" in server.log.read_text()
    assert "planted-in-a-row" not in server.log.read_text()
