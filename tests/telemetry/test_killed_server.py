"""kill -9 of a server under load: what it acknowledged is there, and what is there is whole."""

from typing import Any

import pytest

from tests.serve.conftest import install, servers
from tests.telemetry.fleet import Fleet, send_again

__all__ = ["install", "servers"]
ACKNOWLEDGED = 800


@pytest.fixture
def survivor(install: Any, servers: Any) -> tuple[Any, set[int]]:
    """A server on the store that a killed one left, and the numbers of the events that were acknowledged."""
    known = Fleet(servers(install).wait_until_ready()).kill_server_after(ACKNOWLEDGED)
    return servers(install).wait_until_ready(), known


def test_every_acknowledged_event_is_there_and_figures_equal_the_events(survivor: tuple[Any, set[int]]) -> None:
    server, known = survivor
    _, report = server.ask("/api/v1/telemetry/recount", body={})
    assert len(known) >= ACKNOWLEDGED
    assert report["differences"] == 0
    assert all(send_again(server, known))
