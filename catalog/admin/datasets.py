from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest

from catalog.admin.base import ReadOnlyAdmin
from catalog.models import Dataset, DatasetVersion


@admin.register(Dataset)
class DatasetAdmin(ReadOnlyAdmin):
    list_display = ["name", "description", "ready_versions", "created_at"]
    search_fields = ["name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Dataset]:
        ready = Count("versions", filter=Q(versions__status=DatasetVersion.Status.READY))
        return Dataset.objects.annotate(ready_versions=ready)

    @admin.display(description="versions", ordering="ready_versions")
    def ready_versions(self, dataset: Dataset) -> int:
        count: int = dataset.ready_versions  # type: ignore[attr-defined] # the annotation above
        return count


@admin.register(DatasetVersion)
class DatasetVersionAdmin(ReadOnlyAdmin):
    list_display = ["reference", "status", "file_format", "row_count", "size_bytes", "created_at", "created_by"]
    list_filter = ["status", "file_format"]
    list_select_related = ["dataset"]
    search_fields = ["dataset__name", "sha256"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[DatasetVersion]:
        return DatasetVersion.objects.defer("schema", "profile")
