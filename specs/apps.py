"""Specs as a Django app."""

from django.apps import AppConfig


class SpecsConfig(AppConfig):
    name = "specs"
    verbose_name = "Specs"
    default_auto_field = "django.db.models.BigAutoField"
