"""What core does when a server starts."""

from pulse_project.core import lifecycle, settings_store

lifecycle.at_start(settings_store.reload)
