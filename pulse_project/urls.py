"""Where every path leads. The composition root of HTTP below the ASGI routers for `/mcp` and `/api/v1/ops`."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from pulse_project.core import docs_page, license, login, rest_adapter

# Addresses that the bus published before it shared a server with others.
ALIASES = {
    "api/v1/info": "api/v1/nexus/info",
}

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("pulse_project.pages.urls")),
    path("", include("telemetry.pages.urls")),
    *login.urlpatterns,
    path("admin/", admin.site.urls),
    path("api/v1/nexus/license", license.page),
    path("api/v1/license", license.page),
    path("api/schema", docs_page.schema),
    path("api/docs", docs_page.page),
    *rest_adapter.urlpatterns(ALIASES),
]
