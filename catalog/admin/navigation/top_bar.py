"""The bar on top of every page: the kinds of things that the reader may see, and where the page belongs."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse


@dataclass(frozen=True)
class Section:
    """A link of the bar. `kind` is the look of what it lists."""

    label: str
    kind: str
    url: str
    is_current: bool


# The label, the list it leads to, and all that belongs to it.
SECTIONS = (
    ("Models", "registeredmodel", ("registeredmodel", "modelversion", "alias")),
    ("Datasets", "dataset", ("dataset", "datasetversion")),
    ("Jobs", "job", ("job",)),
    ("Predictions", "prediction", ("prediction",)),
    ("History", "auditevent", ("auditevent",)),
)


def sections(request: HttpRequest) -> list[Section]:
    name = (request.resolver_match and request.resolver_match.url_name) or ""
    page_of = name.split("_")[1] if name.startswith("catalog_") else ""
    return [
        Section(label, kind, reverse(f"admin:catalog_{kind}_changelist"), page_of in kinds)
        for label, kind, kinds in SECTIONS
        if request.user.has_perm(f"catalog.view_{kind}")
    ]
