from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.safestring import SafeString

from catalog.admin.base import ReadOnlyAdmin
from catalog.admin.columns import link
from catalog.admin.registry.model_actions import MODEL_ACTIONS
from catalog.admin.registry.model_forms import ways_back
from catalog.admin.registry.model_page import model_context
from catalog.admin.tagging import TagFilter
from catalog.models import Alias, RegisteredModel
from catalog.reference_syntax import DEFAULT_ALIAS


@admin.register(RegisteredModel)
class RegisteredModelAdmin(ReadOnlyAdmin):
    list_display = ["name", "task", "primary_metric", "production", "tag_chips", "created"]
    list_filter = ["task", TagFilter]
    search_fields = ["name"]
    search_help_text = "Part of a name."
    page_template = "admin/catalog/model.html"
    person_actions = MODEL_ACTIONS

    def get_queryset(self, request: HttpRequest) -> QuerySet[RegisteredModel]:
        aliases = Alias.objects.filter(registered_model=OuterRef("pk"), name=DEFAULT_ALIAS)
        return RegisteredModel.objects.annotate(
            production_number=Subquery(aliases.values("model_version__number")[:1]),
            production_id=Subquery(aliases.values("model_version__pk")[:1]),
        )

    @admin.display(description="in production")
    def production(self, model: Any) -> SafeString | None:
        """With the annotations above."""
        return model.production_id and link("modelversion", model.production_id, f"version {model.production_number}")

    def page_context(self, request: HttpRequest, obj: RegisteredModel) -> dict[str, Any]:
        may_roll_back = request.user.has_perm("catalog.promote_modelversion")
        return {
            **model_context(obj, request.GET.get("sort", "")),
            "ways_back": ways_back(obj),
            "roll_back_url": self.action_url("roll-back", obj) if may_roll_back else "",
        }
