"""Operations that exist only here, callers of every kind, and HTTP clients that call the applications in process."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pytest


@pytest.fixture(autouse=True)
def demo() -> Iterator[Any]:
    """The catalogues `demo` (bus envelope) and `plain`; gone again after the test."""
    from pulse_project.core.operations import REGISTRY
    from tests.wire.demo import declare

    before = dict(REGISTRY)
    yield declare()
    REGISTRY.clear()
    REGISTRY.update(before)
    _forget()


def _forget() -> None:
    from pulse_project.core import calling, docs_page, mcp_tools, openapi, toolsets

    by_rights = (mcp_tools._listed, mcp_tools._listing, mcp_tools._serialised, toolsets.select, calling.argument_types)
    for cached in (*by_rights, openapi.document, docs_page._document, docs_page._groups):
        cached.cache_clear()


@pytest.fixture
def agent() -> Any:
    """The caller of a key that may do everything agents may."""
    from pulse_project.core import flags
    from pulse_project.core.principals import Caller, Kind

    return Caller(Kind.AGENT, "alice", flags.declared() - flags.operator_flags(), key_pk=1)


@pytest.fixture
async def http() -> AsyncIterator[Callable[..., httpx.AsyncClient]]:
    """`http(caller)`: a client whose requests arrive with that caller at /mcp, at the operations and at Django."""
    from tests.wire.clients import client

    opened: list[httpx.AsyncClient] = []

    def connect(caller: Any) -> httpx.AsyncClient:
        opened.append(client(caller))
        return opened[-1]

    yield connect
    for one in opened:
        await one.aclose()


@pytest.fixture
async def mcp(http: Callable[..., httpx.AsyncClient], agent: Any) -> Any:
    """`await mcp("tools/call", {...})` -> the HTTP response."""
    from tests.wire.clients import Mcp

    return Mcp(http(agent))
