import json
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from catalog.admin.base import ReadOnlyAdmin
from catalog.admin.columns import link, moment
from catalog.admin.search import models_by_word, names_by_word
from catalog.models import Alias, AuditEvent, Prediction


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


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ["when", "what", "reference", "alias", "step", "actor", "reason"]
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

    @admin.display(description="when", ordering="at")
    def when(self, event: AuditEvent) -> str:
        return moment(event.at)

    @admin.display(description="what", ordering="verb")
    def what(self, event: AuditEvent) -> str:
        return str(event.get_verb_display()).capitalize()

    @admin.display(description="from → to")
    def step(self, event: AuditEvent) -> str:
        return event.step

    def page_context(self, request: HttpRequest, obj: AuditEvent) -> dict[str, Any]:
        shown = {
            "What": self.what(obj),
            "Of": self._subject(obj),
            "Alias": obj.alias,
            "From": obj.from_value,
            "To": obj.to_value,
            "By": obj.actor,
            "When": f"{obj.at:%Y-%m-%d %H:%M:%S} {obj.at.tzname()}",
            "Why": obj.reason,
            "Recorded": json.dumps(obj.changes, ensure_ascii=False) if obj.changes else "",
        }
        return {"facts": list(shown.items())}

    def _subject(self, event: AuditEvent) -> str:
        """The reference, with a link to what it names; of what is gone the link leads to a page that says so."""
        if event.object_type == AuditEvent.ObjectType.PREDICTION:
            return link("prediction", event.object_name, event.reference)
        kind = {AuditEvent.ObjectType.MODEL: "model", AuditEvent.ObjectType.DATASET: "dataset"}[
            AuditEvent.ObjectType(event.object_type)
        ]
        parent = "registered_model" if kind == "model" else "dataset"
        number = [] if event.version_number is None else [event.version_number]
        address = reverse(f"{kind}_version" if number else parent, args=[event.object_name, *number])
        return format_html('<a href="{}">{}</a>', address, event.reference)


@admin.register(Prediction)
class PredictionAdmin(ReadOnlyAdmin):
    list_display = ["id", "status_chip", "version", "rows", "seconds_taken", "author", "created"]
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
