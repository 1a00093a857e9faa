"""An install bound to loopback, events to store, and an HTTP client that goes through the whole application."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.telemetry.events import NOW_US

BASE = "http://127.0.0.1:8100"


@pytest.fixture(autouse=True)
def telemetry_at_rest() -> Iterator[None]:
    """Bound to 127.0.0.1:8100, nothing remembered from an earlier test, settings at their defaults."""
    from pulse_project.core import binding, conf

    binding.publish(binding.Binding(hosts=("127.0.0.1",), port=8100))
    _forget()
    yield
    binding.publish(binding.Binding())
    conf.apply_stored({})
    _forget()


def _forget() -> None:
    from pulse_project.core import auth, browser_sessions, presence, ratelimit
    from telemetry import admission, attributes, journal, labels
    from telemetry.rollups import sheets

    for memory in (auth, browser_sessions, presence, ratelimit.failed_logins, ratelimit.calls):
        memory.forget()
    for memory in (admission, attributes, journal, labels, sheets):
        memory.forget()


@pytest.fixture
def frozen() -> Iterator[Any]:
    """The clock stands at `NOW_US`."""
    from pulse_project.core import clock

    with clock.frozen_at(NOW_US) as hand:
        yield hand


@pytest.fixture
def store(db: None) -> Callable[..., Any]:
    """`store(event(...), event(...), source="ci")`: store events in this thread; answers what became of each."""
    from pulse_project.core import clock
    from pulse_project.core import db as database
    from telemetry import store as telemetry_store
    from telemetry.record import record_of

    def put(*values: dict[str, Any], source: str = "") -> Any:
        records = [record_of(value, received_us=clock.now_us(), source=source) for value in values]
        return database.write_here(telemetry_store.write, records)

    return put


@pytest.fixture
async def http(transactional_db: None) -> AsyncIterator[httpx.AsyncClient]:
    """A local program without key, in front of the whole application."""
    from pulse_project.asgi import application
    from pulse_project.core import background, hub
    from telemetry import collector

    transport = httpx.ASGITransport(app=application, client=("127.0.0.1", 50_000))
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        yield client
    await collector.stop()
    await hub.hub().stop()
    await background.stop()
    await _pools_at_rest()
    _forget()


async def _pools_at_rest() -> None:
    """A thread that still works would meet the emptying of the tables in a deadlock on PostgreSQL."""
    from pulse_project.core import db

    pools = db.pools()
    while any(pool._unfinished for pool in (pools.read, pools.slow, pools.write)):
        await asyncio.sleep(0.001)
