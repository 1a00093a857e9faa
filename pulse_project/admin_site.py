"""The admin of Pulse: same tokens as the pages, login at the pages' login."""

from django.contrib import admin


class PulseAdminSite(admin.AdminSite):
    """Raw data, credentials and maintenance for the operator."""

    site_header = "Pulse admin"
    site_title = "Pulse admin"
    index_title = "Overview"
