import json
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from catalog.admin.base import ReadOnlyAdmin
from catalog.admin.columns import link
from catalog.admin.navigation.name_search import names_by_word
from catalog.admin.written_values import moment
from catalog.models import AuditEvent


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
            "When": moment(obj.at),
            "Why": obj.reason,
            "Recorded": json.dumps(obj.changes, ensure_ascii=False) if obj.changes else "",
        }
        return {"facts": list(shown.items())}

    def _subject(self, event: AuditEvent) -> str:
        """The reference, with a link to what it names; of what is gone the link leads to a page that says so."""
        if event.object_type in {AuditEvent.ObjectType.PREDICTION, AuditEvent.ObjectType.JOB}:
            return link(event.object_type, event.object_name, event.reference)
        if event.object_type == AuditEvent.ObjectType.USER:
            return f"user {event.reference}"
        if event.object_type == AuditEvent.ObjectType.TOKEN:
            return format_html("{}", event.reference)
        kind = "model" if event.object_type == AuditEvent.ObjectType.MODEL else "dataset"
        parent = "registered_model" if kind == "model" else "dataset"
        number = [] if event.version_number is None else [event.version_number]
        address = reverse(f"{kind}_version" if number else parent, args=[event.object_name, *number])
        return format_html('<a href="{}">{}</a>', address, event.reference)
