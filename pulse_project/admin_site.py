"""The admin of Pulse: the pages' look and login, a front page with counters, maintenance that asks before it acts."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.utils.http import url_has_allowed_host_and_scheme

APP_ORDER = ("boards", "specs", "nexus", "telemetry", "core", "auth", "admin")


class PulseAdminSite(admin.AdminSite):
    """Raw data, credentials and maintenance for the operator."""

    site_header = "Pulse admin"
    site_title = "Pulse admin"
    index_title = "Overview"
    site_url = "/"

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Pulse has one login, with its limits on guessing: the admin sends people there."""
        target = request.GET.get("next", "/admin/")
        safe = url_has_allowed_host_and_scheme(
            target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )
        if request.user.is_authenticated and not self.has_permission(request):
            return HttpResponseRedirect("/")
        return redirect_to_login(target if safe else "/admin/")

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        from pulse_project.core.admin import front  # models exist only once every app is loaded

        context = {"counters": front.counters(), "tools": front.tools(request)}
        return super().index(request, {**context, **(extra_context or {})})

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Apps in the order in which operators need them."""
        apps = super().get_app_list(request, app_label)
        return sorted(
            apps, key=lambda app: APP_ORDER.index(app["app_label"]) if app["app_label"] in APP_ORDER else len(APP_ORDER)
        )

    def get_urls(self) -> list[URLPattern | URLResolver]:
        from pulse_project.core.admin import front

        own = [path(page.path, self.admin_view(page.guarded), name=page.name) for page in front.pages()]
        return [*own, *super().get_urls()]
