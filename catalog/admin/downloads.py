"""Downloads: a redirect to a presigned address, the file from the local store, or CSV made fit for spreadsheets."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain

from django.core.files.storage import default_storage
from django.http import FileResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase

from catalog.exceptions import CatalogError, NotFound, ObjectMissing
from catalog.ml.tables.dialects.dialect import PLAIN, Dialect
from catalog.ml.tables.formulas import CsvText, escape_formulas
from catalog.models import DatasetVersion, ModelVersion, Prediction
from catalog.services.persistence.object_downloads import Download, download, download_attached
from catalog.services.registry.attachments import AttachedFile, find_attached
from catalog.storage.interface import catalog_storage

Downloadable = ModelVersion | DatasetVersion | Prediction
BINARY = "application/octet-stream"
ATTACHED_CSV = (".csv", ".tsv")


def is_for_spreadsheets(subject: object) -> bool:
    """Whether people would open it as it comes: CSV, with texts that somebody else may have written."""
    if isinstance(subject, AttachedFile):
        return subject.name.lower().endswith(ATTACHED_CSV)
    return _written_as(subject) is not None


def _written_as(subject: object) -> CsvText | None:
    """How the file is written if it is CSV, else None."""
    if not isinstance(subject, DatasetVersion | Prediction) or not subject.stored_key.endswith((".csv", ".csv.gz")):
        return None
    is_packed = subject.stored_key.endswith(".gz")
    if isinstance(subject, Prediction):
        return CsvText(is_packed=is_packed)
    dialect = Dialect.from_json(subject.read_options.get("dialect", {}))
    has_marks = any(written != PLAIN for written in dialect.formats.values())
    return CsvText(dialect.delimiter, dialect.encoding, has_marks, is_packed)


def download_response(subject: Downloadable, actor: str, *, as_it_is: bool) -> tuple[HttpResponseBase | None, str]:
    """The response, or what prevents it. What is for spreadsheets is escaped on its way, unless `as_it_is`."""
    written = None if as_it_is else _written_as(subject)
    hand_out = partial(download, subject=subject, actor=actor)
    return _response(f"The file of {subject}", subject.stored_key, hand_out, is_escaped=bool(written), written=written)


def attachment_response(
    version: ModelVersion, name: str, actor: str, *, as_it_is: bool
) -> tuple[HttpResponseBase | None, str]:
    """A file that is attached to the version, or what prevents it. CSV is escaped on its way, unless `as_it_is`."""
    try:
        attached = find_attached(version, name)
    except NotFound as error:
        return None, str(error)
    hand_out = partial(download_attached, version=version, name=name, actor=actor)
    is_escaped = is_for_spreadsheets(attached) and not as_it_is
    return _response(f"The file {name[:80]}", attached.key, hand_out, is_escaped=is_escaped)


def _response(
    file_text: str, key: str, hand_out: Callable[[], Download], *, is_escaped: bool, written: CsvText | None = None
) -> tuple[HttpResponseBase | None, str]:
    """The file at the key, called so for people, once `hand_out` has recorded it; or what prevents it."""
    try:
        if is_escaped:  # it streams, when nothing can be said any more
            catalog_storage().stat(key)
        target = hand_out()
        if is_escaped:
            return _streamed(target, written), ""
        if target.url:
            return HttpResponseRedirect(target.url), ""
        file = default_storage.open(target.key)
    except (FileNotFoundError, ObjectMissing):
        return None, f"{file_text} is not in the store."
    except CatalogError as error:
        return None, str(error)
    return FileResponse(file, as_attachment=True, filename=target.file_name, content_type=BINARY), ""


def _streamed(target: Download, written: CsvText | None) -> HttpResponseBase:
    response = StreamingHttpResponse(_escaped(target.key, written), content_type=BINARY)
    response["Content-Disposition"] = f'attachment; filename="{target.file_name}"'
    return response


def _escaped(key: str, written: CsvText | None) -> Iterator[bytes]:
    """The object, escaped; of what nobody described it is guessed how it is written."""
    with catalog_storage().stream(key) as content:
        head = next(content, b"")
        yield from escape_formulas(chain([head], content), written or CsvText.guess(head))
