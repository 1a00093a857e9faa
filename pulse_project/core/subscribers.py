"""What this process does when the log tells of a change that another process may have made."""

from pulse_project.core import db, leading, lifecycle, settings_store
from pulse_project.core.hub import on_entry
from pulse_project.core.tail.entries import Entry


async def _reload_settings(_entry: Entry) -> None:
    await db.in_read(settings_store.reload)


on_entry("settings.changed", _reload_settings)
lifecycle.at_start(settings_store.reload)
lifecycle.at_start(leading.begin)
lifecycle.at_stop(leading.end)
