"""Django's admin with Pulse's own site."""

from django.contrib.admin.apps import AdminConfig


class PulseAdminConfig(AdminConfig):
    """`django.contrib.admin` whose `site` is ours."""

    default_site = "pulse_project.admin_site.PulseAdminSite"
