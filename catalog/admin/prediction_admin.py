from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from catalog.admin.base import ReadOnlyAdmin
from catalog.admin.columns import link
from catalog.admin.navigation.name_search import models_by_word
from catalog.models import Prediction


@admin.register(Prediction)
class PredictionAdmin(ReadOnlyAdmin):
    list_display = ["created", "version", "rows", "seconds_taken", "status_chip", "author"]
    list_filter = ["status"]
    search_fields = ["model_version__registered_model__name"]
    search_help_text = "Part of a model's name."
    page_template = "admin/catalog/prediction.html"
    is_downloadable = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Prediction]:
        related = Prediction.objects.select_related("model_version__registered_model", "input_dataset_version__dataset")
        return related.defer(
            "parts",
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
    def version(self, prediction: Prediction) -> SafeString:
        return link("modelversion", prediction.model_version_id, prediction.model_version.reference)

    @admin.display(description="seconds", ordering="seconds")
    def seconds_taken(self, prediction: Prediction) -> str:
        return f"{prediction.seconds:.2g}"
