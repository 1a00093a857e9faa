"""The order in which a server starts and stops, whatever program carries it."""

import asyncio
import gc
import os
from collections.abc import Sequence
from pathlib import Path

from django.db import connections
from django.utils.module_loading import import_string

from pulse_project.core import background, banner, binding, conf, entrance, server
from pulse_project.core.binding import Binding
from pulse_project.core.keeper import Keeper
from pulse_project.core.lock import ServeLock
from pulse_project.core.prepare import prepare
from pulse_project.core.sockets import open_sockets

APPLICATION = "pulse_project.asgi.application"
READY_SECONDS = 10


def serve() -> int:
    """Run a server until a signal comes. Never returns normally once it has served: the process ends here."""
    settings = conf.current()
    held = start(settings)
    sockets, bound = open_sockets(settings)
    binding.publish(bound)
    held.announce(bound)
    welcome = entrance.open_for(settings, bound)
    application = import_string(APPLICATION)

    async def ready() -> None:
        background.ensure_started()
        await _wait_for_answers(bound)
        greet(settings, bound, welcome)

    gc.collect()
    gc.freeze()  # the loaded program outlives every collection: large answers do not pay for looking through it
    was_ready = server.run(application, sockets, mcp_port=bound.mcp_port, ready=ready)
    held.end()
    if bound.uds:
        Path(bound.uds).unlink(missing_ok=True)
    server.leave(0 if was_ready else 1)
    return 1


class Held:
    """What a serving process holds on to: the lock of its home and the thread that watches over it."""

    def __init__(self, lock: ServeLock | None, keeper: Keeper | None) -> None:
        self._lock = lock
        self._keeper = keeper

    def announce(self, bound: Binding) -> None:
        if self._lock:
            self._lock.announce(bound.port)

    def end(self) -> None:
        if self._keeper:
            self._keeper.end()
        if self._lock:
            self._lock.release()


def start(settings: conf.Settings) -> Held:
    """Lock the home (SQLite only), prepare the store and begin to watch both. Errors: CONFIG_ERROR, MIGRATION_ERROR."""
    if settings.database_url:
        prepare(serving=True)
        return Held(None, None)
    lock = ServeLock(settings.home_path)
    lock.acquire(settings.port)
    prepare(serving=True)
    connections.close_all()
    keeper = Keeper(lock, settings.sqlite_path, os._exit)
    keeper.start()
    return Held(lock, keeper)


async def _wait_for_answers(bound: Binding) -> None:
    async with asyncio.timeout(READY_SECONDS):
        while not await banner.answers(bound):
            await asyncio.sleep(0.02)


def greet(settings: conf.Settings, bound: Binding, welcome: Sequence[str]) -> None:
    """Tell the person at the terminal where everything is and how to get in."""
    banner.announce(settings, bound)
    for line in banner.notes(settings, bound):
        banner.say(line)
    for line in welcome:
        banner.say(line)
