"""Where every path leads. The composition root of HTTP below the ASGI routers for `/mcp` and `/api/v1/ops`."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
]
