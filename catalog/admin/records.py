from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from catalog.admin.base import ReadOnlyAdmin
from catalog.admin.search import models_by_word, names_by_word
from catalog.models import Alias, AuditEvent, Prediction


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
    search_help_text = "Part of the name of a model or dataset; or, where none has it, the whole name of who did it."

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Parts of names are resolved to whole ones first: a search for parts reads the text of every event."""
        for word, names in names_by_word(search_term.split()).items():
            # With the type, because the index begins with it. Of what is gone from the catalog, the whole name.
            named = Q(object_type__in=AuditEvent.ObjectType.values, object_name__in=names or [word])
            queryset = queryset.filter(named if names else named | Q(actor=word))
        return queryset, False


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
        for models in models_by_word(search_term.split()).values():
            queryset = queryset.filter(model_version__registered_model__in=models)
        return queryset, False

    @admin.display(description="version")
    def version(self, prediction: Prediction) -> str:
        return prediction.model_version.reference
