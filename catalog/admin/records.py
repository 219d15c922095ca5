from django.contrib import admin

from catalog.admin.base import ReadOnlyAdmin
from catalog.models import AuditEvent, Prediction


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ["at", "verb", "object_name", "version_number", "alias", "from_value", "to_value", "actor", "reason"]
    list_filter = ["verb", "object_type"]
    search_fields = ["object_name", "actor"]


@admin.register(Prediction)
class PredictionAdmin(ReadOnlyAdmin):
    list_display = ["id", "status", "model_version", "row_count", "seconds", "created_at", "created_by"]
    list_filter = ["status"]
    list_select_related = ["model_version__registered_model"]
    search_fields = ["id", "model_version__registered_model__name"]
