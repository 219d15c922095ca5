"""Users in the admin. The pages of django-otp are taken away: they show the keys of others, and tell no history."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from catalog.admin.actions import ReasonForm
from s3site.people.devices import reset_devices

# Django's class takes a type parameter in its stubs alone.
if TYPE_CHECKING:
    _UserAdmin = UserAdmin[User]
else:
    _UserAdmin = UserAdmin
admin.site.unregister([User, StaticDevice, TOTPDevice])


@admin.register(User)
class PersonAdmin(_UserAdmin):
    actions = ["reset_one_time_passwords"]
    list_display = ("username", "email", "first_name", "last_name", "is_staff", "has_one_time_password")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        devices = TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True)
        people: QuerySet[Any] = super().get_queryset(request).annotate(has_totp=Exists(devices))
        return people

    @admin.display(description="one-time password", boolean=True, ordering="has_totp")
    def has_one_time_password(self, user: Any) -> bool:
        return bool(user.has_totp)

    def has_reset_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    @admin.action(description="Reset one-time passwords", permissions=["reset"])
    def reset_one_time_passwords(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Asks first, with room for a reason."""
        form = ReasonForm(request.POST if "confirmed" in request.POST else None, subject=None, request=request)
        if not form.is_valid():
            context = {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": "Reset one-time passwords",
                "people": queryset,
                "form": form,
                "checkbox": ACTION_CHECKBOX_NAME,
            }
            return TemplateResponse(request, "admin/catalog/one_time_password/reset.html", context)
        people = list(queryset)
        for person in people:
            reset_devices(user=person, actor=request.user.get_username(), reason=form.cleaned_data["reason"])
        names = ", ".join(person.get_username() for person in people)
        messages.success(request, f"Reset for {names}: they set up another device when they log in next.")
        return None
