from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from catalog.admin.base import ReadOnlyAdmin
from catalog.admin.columns import link
from catalog.admin.written_values import moment
from catalog.models import Alias


@admin.register(Alias)
class AliasAdmin(ReadOnlyAdmin):
    list_display = ["name", "of_model", "version", "since"]
    search_fields = ["registered_model__name", "name"]
    search_help_text = "Part of the name of a model or of an alias."
    ordering = ["-pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Alias]:
        related = Alias.objects.select_related("registered_model", "model_version__registered_model")
        return related.only(
            "name", "set_at", "registered_model__name", "model_version__number", "model_version__registered_model__name"
        )

    @admin.display(description="model", ordering="registered_model__name")
    def of_model(self, alias: Alias) -> SafeString:
        return link("registeredmodel", alias.registered_model_id, alias.registered_model.name)

    @admin.display(description="version", ordering="model_version__number")
    def version(self, alias: Alias) -> SafeString:
        return link("modelversion", alias.model_version_id, alias.model_version.reference)

    @admin.display(description="since", ordering="set_at")
    def since(self, alias: Alias) -> str:
        return moment(alias.set_at)

    def page_context(self, request: HttpRequest, obj: Alias) -> dict[str, Any]:
        shown = {"Model": self.of_model(obj), "Version": self.version(obj), "Since": self.since(obj)}
        return {"facts": list(shown.items())}
