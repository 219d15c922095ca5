"""Downloads: a redirect to a presigned address, or the file itself from the local store."""

from django.core.files.storage import default_storage
from django.http import FileResponse, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase

from catalog.exceptions import CatalogError
from catalog.models import DatasetVersion, ModelVersion, Prediction
from catalog.services.persistence.object_downloads import download


def download_response(
    subject: ModelVersion | DatasetVersion | Prediction, actor: str
) -> tuple[HttpResponse | None, str]:
    """The response, or what prevents it."""
    try:
        target = download(subject=subject, actor=actor)
    except CatalogError as error:
        return None, str(error)
    if target.url:
        return HttpResponseRedirect(target.url), ""
    try:
        file = default_storage.open(target.key)
    except FileNotFoundError:
        return None, f"The file of {subject} is not in the store."
    response: HttpResponseBase = FileResponse(
        file, as_attachment=True, filename=target.file_name, content_type="application/octet-stream"
    )
    return response, ""  # type: ignore[return-value] # streaming responses are responses to the admin
