"""Downloads: by a presigned address, or streamed from the local store; attached, and audited each time."""

import hashlib
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client

from catalog.models import AuditEvent, DatasetVersion, ModelVersion, Prediction
from catalog.services.registry.attachments import attach_file
from s3site.bucket_origins import download_origins
from tests.admin.people import PREDICTIONS, Catalog, close, url
from tests.servers.seaweedfs import SeaweedFS, seaweedfs

AS_IT_IS = {"as_it_is": "1"}
Subject = ModelVersion | DatasetVersion | Prediction
SUBJECTS: dict[str, Callable[[Catalog], Subject]] = {
    "modelversion": lambda catalog: catalog.versions[0],
    "datasetversion": lambda catalog: catalog.dataset_version,
    "prediction": lambda catalog: catalog.prediction,
}


def body(response: Any) -> bytes:
    """All of it; the file is closed then."""
    content = b"".join(response.streaming_content)
    close(response)
    return content


@pytest.mark.parametrize("kind", SUBJECTS)
def test_the_local_store_streams_the_object_as_an_attachment(catalog: Catalog, curator: Client, kind: str) -> None:
    response = curator.post(url(f"{kind}_download", SUBJECTS[kind](catalog)))
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment;")
    assert response["X-Content-Type-Options"] == "nosniff"
    close(response)


def test_the_bytes_are_those_that_were_recorded(catalog: Catalog, curator: Client) -> None:
    version = catalog.versions[0]
    content = body(curator.post(url("modelversion_download", version)))
    assert hashlib.sha256(content).hexdigest() == version.sha256


def test_a_prediction_is_downloaded_as_it_is(catalog: Catalog, curator: Client) -> None:
    assert body(curator.post(url("prediction_download", catalog.prediction), AS_IT_IS)) == PREDICTIONS


def test_a_prediction_is_downloaded_for_spreadsheets(catalog: Catalog, curator: Client) -> None:
    path = Path(default_storage.path(catalog.prediction.stored_key))
    path.write_bytes(b'=id,prediction\n=1+1,-1.5\n"@a,b",2\n')
    response = curator.post(url("prediction_download", catalog.prediction))
    assert response["Content-Disposition"] == f'attachment; filename="{catalog.prediction.pk}-predictions.csv"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert body(response) == b"'=id,prediction\r\n'=1+1,-1.5\r\n\"'@a,b\",2\r\n"
    page = curator.get(url("prediction_change", catalog.prediction)).content.decode()
    assert "Download as it is" in page


def test_a_dataset_is_downloaded_for_spreadsheets_as_it_is_written(catalog: Catalog, curator: Client) -> None:
    version = catalog.dataset_version
    Path(default_storage.path(version.stored_key)).write_bytes('größe;wert\n=1+1;-1,5\n@x;"a;b"\n'.encode("cp1252"))
    dialect = {"delimiter": ";", "encoding": "cp1252", "formats": {"wert": {"decimal": ","}}}
    DatasetVersion.objects.filter(pk=version.pk).update(read_options={**version.read_options, "dialect": dialect})
    escaped = body(curator.post(url("datasetversion_download", version))).decode("cp1252")
    assert escaped == "größe;wert\r\n'=1+1;-1,5\r\n'@x;\"a;b\"\r\n"
    as_it_is = body(curator.post(url("datasetversion_download", version), AS_IT_IS)).decode("cp1252")
    assert as_it_is == 'größe;wert\n=1+1;-1,5\n@x;"a;b"\n'
    assert "Download as it is" in curator.get(url("datasetversion_change", version)).content.decode()


def test_an_attached_table_is_downloaded_for_spreadsheets(catalog: Catalog, curator: Client, tmp_path: Path) -> None:
    version, path = catalog.versions[0], tmp_path / "worst.csv"
    path.write_bytes(b"id;error\n=1+1;3\n")
    attach_file(version=version, source=str(path), name="worst.csv", actor="ada")
    page = curator.get(url("modelversion_change", version)).content.decode()
    assert 'Download as it is<span class="visually-hidden">: worst.csv</span>' in page
    asked = {"name": "worst.csv"}
    assert body(curator.post(url("modelversion_attachment_download", version), asked)) == b"id;error\r\n'=1+1;3\r\n"
    as_it_is = body(curator.post(url("modelversion_attachment_download", version), {**asked, **AS_IT_IS}))
    assert as_it_is == path.read_bytes()


def test_models_have_one_way_of_download(catalog: Catalog, curator: Client) -> None:
    page = curator.get(url("modelversion_change", catalog.versions[0])).content.decode()
    assert ("Download" in page, "Download as it is" in page) == (True, False)


@pytest.mark.parametrize(
    ("kind", "name"), [("modelversion", "late-v1-model.joblib"), ("datasetversion", "departures-v1-data.csv")]
)
def test_a_file_is_named_after_what_it_is(catalog: Catalog, curator: Client, kind: str, name: str) -> None:
    response = curator.post(url(f"{kind}_download", SUBJECTS[kind](catalog)))
    assert f'filename="{name}"' in response["Content-Disposition"]
    close(response)


@pytest.mark.parametrize("kind", SUBJECTS)
def test_a_download_is_audited(catalog: Catalog, curator: Client, kind: str) -> None:
    subject = SUBJECTS[kind](catalog)
    close(curator.post(url(f"{kind}_download", subject)))
    event = AuditEvent.objects.first()
    assert event is not None
    assert (event.verb, event.actor, event.to_value) == ("downloaded", "Curators", subject.stored_sha256[:12])


def test_what_is_not_ready_is_not_downloaded(catalog: Catalog, curator: Client) -> None:
    ModelVersion.objects.filter(pk=catalog.versions[2].pk).update(status="FAILED")
    page = curator.post(url("modelversion_download", catalog.versions[2]), follow=True).content.decode()
    assert "late:3 has no file in the catalog." in page


def test_a_prediction_that_was_kept_elsewhere_is_not_offered(catalog: Catalog, curator: Client) -> None:
    Prediction.objects.update(output="")
    page = curator.get(url("prediction_change", catalog.prediction)).content.decode()
    assert url("prediction_download", catalog.prediction) not in page


def test_a_file_that_is_lost_is_told(catalog: Catalog, curator: Client) -> None:
    Path(default_storage.path(catalog.prediction.stored_key)).unlink()
    page = curator.post(url("prediction_download", catalog.prediction), follow=True).content.decode()
    assert "is not in the store." in page


@pytest.fixture(scope="module")
def server() -> Iterator[SeaweedFS]:
    with seaweedfs() as running:
        yield running


@pytest.fixture
def in_bucket(server: SeaweedFS, catalog: Catalog, settings: Any) -> Catalog:
    """The catalog over the bucket, which has the receipt's object alone."""
    options = {
        "access_key": server.access_key,
        "secret_key": server.secret_key,
        "endpoint_url": server.endpoint_url,
        "region_name": "us-east-1",
    }
    storage = {
        "BACKEND": "catalog.storage.s3.S3CatalogStorage",
        "OPTIONS": {"bucket_name": server.bucket, "location": "teams/blue", **options},
    }
    server.client().put_object(
        Bucket=server.bucket,
        Key=f"teams/blue/{catalog.prediction.stored_key}",
        Body=PREDICTIONS,
        ContentType="text/html",
    )
    settings.STORAGES = {**settings.STORAGES, "default": storage}
    return catalog


def presigned(catalog: Catalog, client: Client) -> str:
    response = client.post(url("prediction_download", catalog.prediction), AS_IT_IS)
    assert response.status_code == 302
    return str(response["Location"])


def test_a_presigned_address_gives_the_bytes_as_an_attachment(in_bucket: Catalog, curator: Client) -> None:
    with urllib.request.urlopen(presigned(in_bucket, curator)) as answer:
        assert answer.read() == PREDICTIONS
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment;")


def test_what_is_for_spreadsheets_is_streamed_from_the_bucket(in_bucket: Catalog, curator: Client) -> None:
    assert body(curator.post(url("prediction_download", in_bucket.prediction))) == b"prediction\r\nTrue\r\n"


def test_a_presigned_address_is_good_for_five_minutes(in_bucket: Catalog, curator: Client) -> None:
    assert "X-Amz-Expires=300" in presigned(in_bucket, curator)


def test_a_presigned_address_is_audited(in_bucket: Catalog, curator: Client) -> None:
    events = AuditEvent.objects.count()
    presigned(in_bucket, curator)
    assert AuditEvent.objects.count() == events + 1


def test_the_policy_admits_the_endpoint_of_presigned_addresses(
    in_bucket: Catalog, curator: Client, server: SeaweedFS
) -> None:
    (origin,) = download_origins({"endpoint_url": server.endpoint_url, "region_name": None}, server.bucket)
    assert presigned(in_bucket, curator).startswith(f"{origin}/")


@pytest.mark.parametrize("region", [None, "us-east-1", "eu-central-1"])
def test_the_policy_admits_the_hosts_of_amazon(region: str | None) -> None:
    origins = download_origins({"endpoint_url": None, "region_name": region}, "models")
    assert origins == [
        "https://models.s3.amazonaws.com",
        f"https://models.s3.{region or 'us-east-1'}.amazonaws.com",
    ]
