from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path

from catalog.admin.actions import Action
from catalog.admin.base import ReadOnlyAdmin
from catalog.admin.forms import DescriptionForm
from catalog.admin.pages.dataset import dataset_context, dataset_version_context
from catalog.admin.uploads import upload_view
from catalog.models import Dataset, DatasetVersion
from catalog.services.curation import describe_dataset


def _describe(dataset: Dataset, data: dict[str, Any], actor: str) -> str:
    describe_dataset(dataset=dataset, description=data["description"], actor=actor)
    return "The description is kept."


@admin.register(Dataset)
class DatasetAdmin(ReadOnlyAdmin):
    list_display = ["name", "description", "ready_versions", "created_at"]
    search_fields = ["name"]
    page_template = "admin/catalog/dataset.html"
    change_list_template = "admin/catalog/dataset_list.html"
    person_actions = (Action("describe", "Edit description", "annotate_modelversion", DescriptionForm, _describe),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Dataset]:
        ready = Count("versions", filter=Q(versions__status=DatasetVersion.Status.READY))
        return Dataset.objects.annotate(ready_versions=ready)

    @admin.display(description="versions", ordering="ready_versions")
    def ready_versions(self, dataset: Dataset) -> int:
        count: int = dataset.ready_versions  # type: ignore[attr-defined] # the annotation above
        return count

    def page_context(self, request: HttpRequest, obj: Dataset) -> dict[str, Any]:
        return dataset_context(obj)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(lambda request: upload_view(self, request))
        return [path("upload/", view, name=self._url_name("upload")), *super().get_urls()]


@admin.register(DatasetVersion)
class DatasetVersionAdmin(ReadOnlyAdmin):
    list_display = ["reference", "status", "file_format", "row_count", "size_bytes", "created_at", "created_by"]
    list_filter = ["status", "file_format"]
    list_select_related = ["dataset"]
    search_fields = ["dataset__name", "sha256"]
    ordering = ["-pk"]
    page_template = "admin/catalog/dataset_version.html"
    is_downloadable = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[DatasetVersion]:
        return DatasetVersion.objects.defer("schema", "profile", "first_rows")

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> DatasetVersion | None:
        whole = DatasetVersion.objects.select_related("dataset")
        return whole.filter(pk=int(object_id)).first() if object_id.isdecimal() and len(object_id) < 19 else None

    def page_context(self, request: HttpRequest, obj: DatasetVersion) -> dict[str, Any]:
        return dataset_version_context(obj)
