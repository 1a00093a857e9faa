"""An HTTP client in front of the whole application, in process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

BASE = "http://127.0.0.1:8100"


@asynccontextmanager
async def local_client() -> AsyncIterator[httpx.AsyncClient]:
    """A program on this machine without key; afterwards nothing runs on and nothing is remembered."""
    from pulse_project.asgi import application
    from pulse_project.core import auth, background, binding, hub, presence, ratelimit

    binding.publish(binding.Binding(hosts=("127.0.0.1",), port=8100))
    transport = httpx.ASGITransport(app=application, client=("127.0.0.1", 50_000))
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        yield client
    await hub.hub().stop()
    await background.stop()
    binding.publish(binding.Binding())
    for memory in (auth, presence, ratelimit.failed_logins, ratelimit.calls):
        memory.forget()
