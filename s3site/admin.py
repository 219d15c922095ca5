"""The admin with a home page of its own."""

from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from s3site.odd_requests import answering_odd_requests


class CatalogAdminSite(AdminSite):
    site_header = site_title = "Model catalog"
    index_title = "Overview"
    # The home page lists what there is; the room goes to the tables.
    enable_nav_sidebar = False
    # "View site" would lead back to this very home page.
    site_url = None
    index_template = "admin/catalog/home.html"

    def has_permission(self, request: HttpRequest) -> bool:
        """Active staff; with CATALOG_REQUIRE_TOTP only those who gave a one-time password as well."""
        allowed = super().has_permission(request)
        if not settings.REQUIRE_TOTP:
            return allowed
        verified: bool = request.user.is_verified()  # type: ignore[union-attr] # django-otp's middleware adds it
        return allowed and verified

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        return super().admin_view(answering_odd_requests(view), cacheable)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        from django_otp.admin import OTPAdminAuthenticationForm

        required = settings.REQUIRE_TOTP
        self.login_form = OTPAdminAuthenticationForm if required else None
        self.login_template = "otp/admin111/login.html" if required else None
        return super().login(request, extra_context)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        from catalog.admin.home_page import home_context

        context = home_context(request) if self.has_permission(request) else {}
        return super().index(request, {**context, **(extra_context or {})})
