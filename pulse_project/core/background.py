"""What runs beside the requests of an event loop: the presence flush, and the ear for changes made elsewhere."""

import asyncio

from pulse_project.core import auth, browser_sessions, db, hub, lifecycle, presence, settings_store
from pulse_project.core.hub import Entry
from pulse_project.core.principals import Kind

_tasks: dict[asyncio.AbstractEventLoop, asyncio.Task[None]] = {}


def ensure_started() -> None:
    """Start once per event loop; servers without lifespan events start with their first request."""
    loop = asyncio.get_running_loop()
    if loop in _tasks:
        return
    for closed in [known for known in _tasks if known.is_closed()]:
        del _tasks[closed]
    _tasks[loop] = loop.create_task(presence.run())
    hub.hub()


@lifecycle.at_stop
async def stop() -> None:
    """Write what presence still holds and end. The hub is stopped by the server, before its connections."""
    task = _tasks.pop(asyncio.get_running_loop(), None)
    if task is not None:
        task.cancel()
    await presence.flush_soon()


def on_identity(entry: Entry) -> None:
    """A key, agent or preset changed: what was resolved is resolved again."""
    auth.forget()


def on_logout(entry: Entry) -> None:
    """Somebody logged out: the connections of that person's browser end."""
    browser_sessions.forget()
    user_pk = entry.row.payload.get("user_pk")
    auth.sessions.end(lambda caller: caller.kind is Kind.USER and caller.user_pk == user_pk)


async def _on_settings(_entry: Entry) -> None:
    """Another process, or this one, changed a setting: it is in force before anybody hears of it."""
    await db.in_read(settings_store.reload)


hub.on_entry("settings.", _on_settings)
for _prefix in auth.EVENT_PREFIXES:
    hub.on_entry(_prefix, on_identity)
hub.on_entry("login.ended", on_logout)
