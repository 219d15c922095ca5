"""Downloads: a redirect to a presigned address, the file from the local store, or CSV made fit for spreadsheets."""

from collections.abc import Iterator

from django.core.files.storage import default_storage
from django.http import FileResponse, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase

from catalog.exceptions import CatalogError, ObjectMissing
from catalog.ml.tables.formulas import escape_formulas
from catalog.models import DatasetVersion, ModelVersion, Prediction
from catalog.services.persistence.object_downloads import download, download_attached
from catalog.storage.interface import catalog_storage

Downloadable = ModelVersion | DatasetVersion | Prediction
BINARY = "application/octet-stream"


def is_for_spreadsheets(subject: object) -> bool:
    """Whether people would open it as it comes: predictions in CSV, with texts that somebody else may have written."""
    return isinstance(subject, Prediction) and subject.stored_key.endswith(".csv")


def download_response(subject: Downloadable, actor: str, *, as_it_is: bool) -> tuple[HttpResponse | None, str]:
    """The response, or what prevents it. What is for spreadsheets is escaped on its way, unless `as_it_is`."""
    is_escaped = is_for_spreadsheets(subject) and not as_it_is
    try:
        if is_escaped:
            catalog_storage().stat(subject.stored_key)
        target = download(subject=subject, actor=actor)
        if is_escaped:
            return _streamed(target.key, target.file_name), ""
        if target.url:
            return HttpResponseRedirect(target.url), ""
        file = default_storage.open(target.key)
    except (FileNotFoundError, ObjectMissing):
        return None, f"The file of {subject} is not in the store."
    except CatalogError as error:
        return None, str(error)
    response: HttpResponseBase = FileResponse(file, as_attachment=True, filename=target.file_name, content_type=BINARY)
    return response, ""  # type: ignore[return-value] # streaming responses are responses to the admin


def attachment_response(version: ModelVersion, name: str, actor: str) -> tuple[HttpResponse | None, str]:
    """A file that is attached to the version, or what prevents it."""
    try:
        target = download_attached(version=version, name=name, actor=actor)
        if target.url:
            return HttpResponseRedirect(target.url), ""
        file = default_storage.open(target.key)
    except FileNotFoundError:
        return None, f"The file {name[:80]} is not in the store."
    except CatalogError as error:
        return None, str(error)
    response: HttpResponseBase = FileResponse(file, as_attachment=True, filename=target.file_name, content_type=BINARY)
    return response, ""  # type: ignore[return-value] # as above


def _streamed(key: str, file_name: str) -> HttpResponse:
    response: HttpResponseBase = StreamingHttpResponse(_escaped(key), content_type=BINARY)
    response["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response  # type: ignore[return-value] # as above


def _escaped(key: str) -> Iterator[bytes]:
    with catalog_storage().stream(key) as content:
        yield from escape_formulas(content)
