"""What a connection may cost before it is a request: the size of its head, the time it takes, its form."""

import asyncio
import resource
from typing import Any
from unittest.mock import MagicMock

import pytest
import uvicorn
from uvicorn.server import ServerState

from pulse_project.core.http_protocol import (
    BODY_SECONDS,
    HEAD_SECONDS,
    MAX_HEAD_BYTES,
    BoundedProtocol,
    end_overdue,
    room_for_connections,
)

HEAD = b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n"


class Line:
    """A connection without a network: what was written to it, and the scopes that reached the application."""

    def __init__(self, *, others: int = 0) -> None:
        self.scopes: list[dict[str, Any]] = []
        state = ServerState()
        state.connections.update(MagicMock() for _ in range(others))
        self.connections = state.connections
        config = uvicorn.Config(self._app, log_config=None, lifespan="off", interface="asgi3", proxy_headers=False)
        self.protocol = BoundedProtocol(config, state, {}, asyncio.get_running_loop())
        self.transport = MagicMock()
        self.transport.is_closing.return_value = False
        self.protocol.connection_made(self.transport)

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        self.scopes.append(scope)
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    @property
    def written(self) -> bytes:
        return b"".join(call.args[0] for call in self.transport.write.call_args_list)

    async def sends(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.protocol.data_received(piece)
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    def is_ended_after(self, seconds: float) -> bool:
        end_overdue(self.connections, asyncio.get_running_loop().time() + seconds)
        return bool(self.transport.abort.called)


@pytest.mark.parametrize(
    "piece", [b"X-A: " + b"a" * 20_000 + b"\r\n", b"a" * 20_000], ids=["many headers", "one endless header"]
)
async def test_a_head_without_end_is_431_and_the_end_of_the_connection(piece: bytes) -> None:
    line = Line()
    await line.sends(HEAD + b"X-B: ", *[piece] * (MAX_HEAD_BYTES // 20_000 + 1))
    assert line.written.startswith(b"HTTP/1.1 431 ")
    assert line.transport.close.called
    assert line.scopes == []


async def test_an_address_without_end_is_431() -> None:
    line = Line()
    await line.sends(b"GET /", *[b"a" * 20_000] * 5)
    assert line.written.startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize("start", [b"", b"\r\n", b"GET", HEAD])
async def test_a_request_that_does_not_come_ends_its_connection(start: bytes) -> None:
    line = Line()
    if start:
        await line.sends(start)
    assert not line.is_ended_after(HEAD_SECONDS - 1)
    assert line.is_ended_after(HEAD_SECONDS + 1)


async def test_a_body_that_trickles_ends_its_connection() -> None:
    line = Line()
    await line.sends(b"POST /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n", b"{")
    assert not line.is_ended_after(HEAD_SECONDS + 1)
    assert line.is_ended_after(BODY_SECONDS + 1)


async def test_a_connection_that_waits_for_its_answer_or_for_the_next_request_is_left_alone() -> None:
    line = Line()
    await line.sends(HEAD + b"\r\n", HEAD + b"\r\n")
    assert len(line.scopes) >= 1
    assert not line.is_ended_after(10 * BODY_SECONDS)


async def test_a_second_request_that_does_not_come_ends_its_connection() -> None:
    line = Line()
    await line.sends(HEAD + b"\r\n", b"\r\n")
    assert line.is_ended_after(HEAD_SECONDS + 1)


async def test_a_client_that_closes_its_side_gets_the_answer_that_was_made_before() -> None:
    line = Line()
    line.protocol.data_received(HEAD + b"\r\n")
    await asyncio.sleep(0)
    assert line.written == b""
    line.protocol.eof_received()
    assert line.written.startswith(b"HTTP/1.1 204 ")


async def test_connections_above_the_bound_are_turned_away(monkeypatch: Any) -> None:
    monkeypatch.setattr(BoundedProtocol, "most_connections", 3)
    assert Line(others=3).transport.abort.called
    assert not Line(others=2).transport.abort.called


@pytest.mark.parametrize(
    ("limits", "most", "raised"),
    [
        ((1024, 1_048_576), 4000, [(4256, 1_048_576)]),
        ((256, 1024), 768, [(1024, 1024)]),
        ((20_000, 20_000), 4000, []),
        ((1024, resource.RLIM_INFINITY), 4000, [(4256, resource.RLIM_INFINITY)]),
        ((100, 100), 64, [(100, 100)]),
    ],
)
def test_connections_leave_files_to_the_store(monkeypatch: Any, limits: Any, most: int, raised: Any) -> None:
    set_to: list[Any] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _kind: limits)
    monkeypatch.setattr(resource, "setrlimit", lambda _kind, given: set_to.append(given))
    assert (room_for_connections(), set_to) == (most, raised)


@pytest.mark.parametrize("target", [b"http://127.0.0.1:8100/livez", b"http://evil.example/livez"])
async def test_a_whole_address_never_passes_as_a_path(target: bytes) -> None:
    line = Line()
    await line.sends(b"GET " + target + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    assert line.scopes[0]["path"] == target.decode()


async def test_an_old_proxy_cannot_open_a_websocket_as_if_it_spoke_http_1_1() -> None:
    line = Line()
    upgrade = b"Connection: upgrade\r\nUpgrade: websocket\r\n\r\n"
    await line.sends(b"GET /ws/live/ HTTP/1.0\r\nHost: 127.0.0.1\r\n" + upgrade)
    assert not line.transport.set_protocol.called
