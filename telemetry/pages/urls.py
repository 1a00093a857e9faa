"""Addresses of the telemetry pages."""

from django.urls import path

from telemetry.pages import events, overview

urlpatterns = [
    path("telemetry/", overview.overview, name="telemetry"),
    path("telemetry/panel/<slug:name>/", overview.panel, name="telemetry-panel"),
    path("telemetry/events/", overview.events, name="telemetry-events"),
    path("telemetry/events/<str:event_id>/", events.event, name="telemetry-event"),
]
