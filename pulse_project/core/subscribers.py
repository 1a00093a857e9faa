"""What core does when a server starts and stops."""

from pulse_project.core import leading, lifecycle, settings_store

lifecycle.at_start(settings_store.reload)
lifecycle.at_start(leading.begin)
lifecycle.at_stop(leading.end)
