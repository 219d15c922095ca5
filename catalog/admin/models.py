from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest

from catalog.admin.base import ReadOnlyAdmin
from catalog.models import Alias, ModelVersion, RegisteredModel
from catalog.services.references import DEFAULT_ALIAS


@admin.register(RegisteredModel)
class RegisteredModelAdmin(ReadOnlyAdmin):
    list_display = ["name", "task", "primary_metric", "production", "created_at"]
    list_filter = ["task"]
    search_fields = ["name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[RegisteredModel]:
        aliases = Alias.objects.filter(registered_model=OuterRef("pk"), name=DEFAULT_ALIAS)
        return RegisteredModel.objects.annotate(production=Subquery(aliases.values("model_version__number")[:1]))

    @admin.display(description="version in production", empty_value="–")
    def production(self, model: RegisteredModel) -> int | None:
        number: int | None = model.production  # type: ignore[attr-defined] # the annotation above
        return number


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnlyAdmin):
    list_display = ["reference", "status", "alias_list", "main_metric", "dataset_version", "created_at", "created_by"]
    list_filter = ["status", "registered_model__task"]
    search_fields = ["registered_model__name", "sha256"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ModelVersion]:
        return ModelVersion.objects.for_listing()

    @admin.display(description="aliases", empty_value="–")
    def alias_list(self, version: ModelVersion) -> str | None:
        return ", ".join(version.alias_names) or None

    @admin.display(description="main metric", empty_value="–")
    def main_metric(self, version: ModelVersion) -> str | None:
        value = version.primary_metric_value
        return None if value is None else f"{version.registered_model.primary_metric} {value:.4g}"
