"""Addresses of the pages that belong to no single app."""

from django.urls import path

from pulse_project.pages import go, home

urlpatterns = [
    path("", home.home, name="home"),
    path("home/<slug:name>/", home.panel, name="home-panel"),
    path("go/<slug:kind>/<uuid:pk>", go.go, name="go"),
]
