"""Addresses of the pages that belong to no single app."""

from django.urls import path

from pulse_project.pages import home

urlpatterns = [
    path("", home.home, name="home"),
    path("home/<slug:name>/", home.panel, name="home-panel"),
]
