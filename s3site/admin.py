"""The admin with a home page of its own."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.views.decorators.cache import never_cache

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

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        from catalog.admin.navigation.top_bar import sections

        return {
            **super().each_context(request),
            "bar_sections": sections(request) if self.has_permission(request) else [],
        }

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        return super().admin_view(answering_odd_requests(view), cacheable)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        from s3site.people.device_pages import backup_codes_page, confirm_page, device_page

        pages = {"": device_page, "confirm": confirm_page, "backup_codes": backup_codes_page}
        own: list[URLPattern | URLResolver] = [
            path(
                f"one-time-password/{name.replace('_', '-')}{'/' if name else ''}",
                self._before_the_code(page),
                name=f"one_time_password{'_' if name else ''}{name}",
            )
            for name, page in pages.items()
        ]
        return [*own, *super().get_urls()]

    def _before_the_code(self, page: Callable[[AdminSite, HttpRequest], HttpResponse]) -> Any:
        """The view of a page for staff who are logged in and may not have a one-time password yet."""

        @wraps(page)
        def view(request: HttpRequest) -> HttpResponseBase:
            if not super(CatalogAdminSite, self).has_permission(request):
                return redirect_to_login(request.get_full_path(), reverse("admin:login"))
            return page(self, request)

        return never_cache(answering_odd_requests(view))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        from s3site.people.code_forms import CodeLoginForm
        from s3site.people.devices import needs_enrolment

        required = settings.REQUIRE_TOTP
        if required and request.method == "GET" and super().has_permission(request) and needs_enrolment(request.user):
            return redirect("admin:one_time_password")
        self.login_form = CodeLoginForm if required else None
        self.login_template = "admin/catalog/one_time_password/login.html" if required else None
        return super().login(request, extra_context)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        from catalog.admin.navigation.home_page import home_context

        context = home_context(request) if self.has_permission(request) else {}
        return super().index(request, {**context, **(extra_context or {})})
