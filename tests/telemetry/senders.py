"""What tests of foreign protocols share: tokens, the newest event, a caller from another machine."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tests.telemetry.conftest import BASE

UNKNOWN_KEY = "nxs_" + "0" * 48


async def new_token(**terms: Any) -> str:
    """The plaintext of an ingest token with those terms of `IngestGrant`."""
    from pulse_project.core import auth, db, identity
    from telemetry.models import IngestGrant

    def issue() -> str:
        with db.write_tx():
            issued = identity.issue_key(auth.system_caller(), None, scope="telemetry.ingest", label="ci")
            IngestGrant.objects.create(key=issued.row, **terms)
        return issued.plaintext

    return str(await db.in_write(issue))


async def new_key(agent_id: str = "", **terms: Any) -> str:
    """The plaintext of a key for a new agent, or for none with its `scope`."""
    from pulse_project.core import auth, db, identity
    from pulse_project.core.models import Agent

    def issue() -> str:
        with db.write_tx():
            agent = Agent.objects.create(agent_id=agent_id) if agent_id else None
            return identity.issue_key(auth.system_caller(), agent, **terms).plaintext

    return str(await db.in_write(issue))


async def events(http: httpx.AsyncClient) -> list[dict[str, Any]]:
    """Everything stored, newest first."""
    found: list[dict[str, Any]] = (await http.get("/v1/events?limit=1000")).json()["events"]
    return found


async def newest(http: httpx.AsyncClient) -> dict[str, Any]:
    return (await events(http))[0]


@asynccontextmanager
async def stranger() -> AsyncIterator[httpx.AsyncClient]:
    """A program on another machine."""
    from pulse_project.asgi import application

    transport = httpx.ASGITransport(app=application, client=("192.0.2.7", 50_000))
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        yield client
