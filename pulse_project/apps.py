"""Django's admin with Pulse's own site."""

from importlib import import_module

from django.contrib.admin import autodiscover
from django.contrib.admin.apps import SimpleAdminConfig
from django.db.models.signals import post_migrate

from pulse_project.core.boot import answers_requests
from pulse_project.core.groups import ensure_groups


class PulseAdminConfig(SimpleAdminConfig):
    """`django.contrib.admin` whose `site` is ours, with the groups of people who use it."""

    default_site = "pulse_project.admin_site.PulseAdminSite"

    def ready(self) -> None:
        super().ready()
        if answers_requests():
            autodiscover()
        post_migrate.connect(ensure_groups, dispatch_uid="pulse-groups")
        import_module("pulse_project.pages.vendored")  # registers a check
