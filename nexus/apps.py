"""The bus as a Django app."""

from django.apps import AppConfig


class NexusConfig(AppConfig):
    name = "nexus"
    verbose_name = "Nexus"
    default_auto_field = "django.db.models.BigAutoField"
