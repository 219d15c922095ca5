from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.text import Truncator

from catalog.admin.base import ReadOnlyAdmin
from catalog.admin.datasets.dataset_actions import DATASET_ACTIONS, DATASET_VERSION_ACTIONS
from catalog.admin.datasets.dataset_page import dataset_context, dataset_version_context
from catalog.admin.tagging import TagFilter
from catalog.admin.uploads.upload_pages import DATASET_UPLOAD, upload_view
from catalog.models import Dataset, DatasetVersion

DESCRIPTION_SHOWN = 120


@admin.register(Dataset)
class DatasetAdmin(ReadOnlyAdmin):
    list_display = ["name", "about", "ready_versions", "tag_chips", "created"]
    list_filter = [TagFilter]
    search_fields = ["name"]
    search_help_text = "Part of a name."
    page_template = "admin/catalog/dataset.html"
    change_list_template = "admin/catalog/dataset_list.html"
    person_actions = DATASET_ACTIONS

    def get_queryset(self, request: HttpRequest) -> QuerySet[Dataset]:
        ready = Count("versions", filter=Q(versions__status=DatasetVersion.Status.READY, versions__trashed_at=None))
        return Dataset.objects.annotate(ready_versions=ready)

    @admin.display(description="description")
    def about(self, dataset: Dataset) -> str:
        return Truncator(dataset.description).chars(DESCRIPTION_SHOWN)

    @admin.display(description="versions", ordering="ready_versions")
    def ready_versions(self, dataset: Dataset) -> int:
        count: int = dataset.ready_versions  # type: ignore[attr-defined] # the annotation above
        return count

    def page_context(self, request: HttpRequest, obj: Dataset) -> dict[str, Any]:
        return dataset_context(obj)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(lambda request: upload_view(self, request, DATASET_UPLOAD))
        return [path("upload/", view, name=self._url_name("upload")), *super().get_urls()]


class TrashFilter(admin.SimpleListFilter):
    """What lies in the trash is left out unless it is asked for."""

    title = "trash"
    parameter_name = "trash"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("only", "in the trash")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[DatasetVersion]) -> QuerySet[DatasetVersion]:
        return queryset.filter(trashed_at__isnull=self.value() != "only")


@admin.register(DatasetVersion)
class DatasetVersionAdmin(ReadOnlyAdmin):
    list_display = ["version", "state_chip", "file_format", "rows", "size", "tag_chips", "author", "created"]
    list_filter = [TrashFilter, "status", "file_format", TagFilter]
    list_select_related = ["dataset"]
    search_fields = ["dataset__name", "sha256"]
    search_help_text = "Part of a dataset's name, or of a SHA-256."
    ordering = ["-pk"]
    page_template = "admin/catalog/dataset_version.html"
    person_actions = DATASET_VERSION_ACTIONS
    is_downloadable = True

    @admin.display(description="version")
    def version(self, version: DatasetVersion) -> str:
        return version.reference

    def get_queryset(self, request: HttpRequest) -> QuerySet[DatasetVersion]:
        return DatasetVersion.objects.defer("schema", "profile", "first_rows")

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> DatasetVersion | None:
        whole = DatasetVersion.objects.select_related("dataset")
        return whole.filter(pk=int(object_id)).first() if object_id.isdecimal() and len(object_id) < 19 else None

    def page_context(self, request: HttpRequest, obj: DatasetVersion) -> dict[str, Any]:
        return dataset_version_context(obj, request.GET.dict())
