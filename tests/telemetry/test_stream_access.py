"""Who may export and follow events: whoever may list them."""

import httpx
import pytest

from pulse_project.core import conf
from tests.telemetry.senders import new_key, new_token, stranger
from tests.telemetry.streaming import Streaming

pytestmark = pytest.mark.django_db(transaction=True)
PATHS = ["/v1/export", "/v1/events/stream"]


async def opened(path: str, key: str) -> int:
    """The status with which the answer begins."""
    async with Streaming(path, headers={"Authorization": f"Bearer {key}"}) as client:
        return client.status


async def deny_reading(http: httpx.AsyncClient, agent_id: str) -> None:
    answer = await http.patch(
        f"/api/v1/nexus/agents/{agent_id}", json={"permissions": {"telemetry": {"read": False, "ingest": True}}}
    )
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("path", PATHS)
async def test_a_stranger_needs_a_key(http: httpx.AsyncClient, path: str) -> None:
    async with stranger() as other:
        assert (await other.get(path)).status_code == 401


@pytest.mark.parametrize("path", PATHS)
async def test_an_agent_needs_the_permission(http: httpx.AsyncClient, path: str) -> None:
    key = await new_key("alice")
    assert await opened(path, key) == 200
    await deny_reading(http, "alice")
    assert await opened(path, key) == 403


@pytest.mark.parametrize("path", PATHS)
async def test_a_monitor_may(http: httpx.AsyncClient, path: str) -> None:
    assert await opened(path, await new_key(scope="monitor")) == 200


@pytest.mark.parametrize("path", PATHS)
async def test_an_ingest_token_may_not(http: httpx.AsyncClient, path: str) -> None:
    assert await opened(path, await new_token(source="ci")) == 401


@pytest.mark.parametrize("path", PATHS)
async def test_a_call_counts_for_the_rate_of_its_key(http: httpx.AsyncClient, path: str) -> None:
    conf.apply_stored({"rate_limit_per_minute": 1})
    key = await new_key("alice")
    assert [await opened(path, key) for _ in range(2)] == [200, 429]
