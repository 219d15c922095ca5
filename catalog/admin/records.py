from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from catalog.admin.base import ReadOnlyAdmin
from catalog.models import Alias, AuditEvent, Prediction, RegisteredModel


@admin.register(Alias)
class AliasAdmin(ReadOnlyAdmin):
    list_display = ["registered_model", "name", "model_version", "set_at"]
    list_display_links = ["name"]
    search_fields = ["registered_model__name", "name"]
    ordering = ["-pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Alias]:
        related = Alias.objects.select_related("registered_model", "model_version__registered_model")
        return related.only(
            "name", "set_at", "registered_model__name", "model_version__number", "model_version__registered_model__name"
        )


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ["at", "verb", "reference", "alias", "from_value", "to_value", "actor", "reason"]
    list_filter = ["verb", "object_type"]
    search_fields = ["object_name", "actor"]


@admin.register(Prediction)
class PredictionAdmin(ReadOnlyAdmin):
    list_display = ["id", "status", "version", "row_count", "seconds", "created_at", "created_by"]
    list_filter = ["status"]
    search_fields = ["model_version__registered_model__name"]
    page_template = "admin/catalog/prediction.html"
    is_downloadable = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Prediction]:
        related = Prediction.objects.select_related("model_version__registered_model", "input_dataset_version__dataset")
        return related.defer(
            *(f"model_version__{name}" for name in ("signature", "report", "environment", "metrics", "params")),
            *(f"input_dataset_version__{name}" for name in ("schema", "profile", "first_rows")),
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Names are resolved to models first: a search over the joins reads every receipt."""
        for word in search_term.split():
            models = RegisteredModel.objects.filter(name__contains=word.lower()).values_list("pk", flat=True)
            queryset = queryset.filter(model_version__registered_model__in=list(models[:1000]))
        return queryset, False

    @admin.display(description="version")
    def version(self, prediction: Prediction) -> str:
        return prediction.model_version.reference
