"""The server process: uvicorn with two listeners, ready only when it answers, gone within two seconds of a signal."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from types import FrameType
from typing import Any

import uvicorn

from pulse_project.core import db, lifecycle
from pulse_project.core.http_protocol import BoundedProtocol, end_overdue, room_for_connections
from pulse_project.core.http_reply import Receive, Scope, Send, reply

GRACE_SECONDS = 1
LONGEST_STOP_SECONDS = 1.5
WS_MAX_BYTES = 65_536
SERVICE_RESTART = 1012
TICKS_PER_LOOK = 10
HEALTH_PATHS = frozenset({"/livez", "/healthz", "/readyz", "/metrics"})
SIGNALS = (signal.SIGINT, signal.SIGTERM)
STOPPING = b'{"ok":false,"error":{"code":"DB_ERROR","message":"Pulse is stopping. Repeat the call in a moment."}}'
UNKNOWN = b'{"ok":false,"error":{"code":"NOT_FOUND","message":"This port serves /mcp and health only."}}'

Application = Callable[[Scope, Receive, Send], Awaitable[Any]]


class Gate:
    """In front of everything: refuses new calls while stopping, and keeps the second listener to `/mcp` and health."""

    def __init__(self, application: Application, mcp_port: int) -> None:
        self.application = application
        self.mcp_port = mcp_port
        self.is_stopping = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.is_stopping:
            return await _turn_away(scope, send, 503, STOPPING)
        if self.mcp_port and _port_of(scope) == self.mcp_port and not _is_for_agents(scope):
            return await _turn_away(scope, send, 404, UNKNOWN)
        await self.application(scope, receive, send)
        return None


async def _turn_away(scope: Scope, send: Send, status: int, content: bytes) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": SERVICE_RESTART, "reason": "unavailable"})
    elif scope["type"] == "http":
        await reply(send, status, content, headers=[(b"retry-after", b"1")] if status == 503 else [])


def _port_of(scope: Scope) -> int | None:
    server = scope.get("server")
    return server[1] if server else None


def _is_for_agents(scope: Scope) -> bool:
    path = scope.get("path", "")
    is_mcp = path == "/mcp" or path.startswith("/mcp/")
    return scope["type"] == "http" and (is_mcp or path in HEALTH_PATHS)


class PulseServer(uvicorn.Server):
    """uvicorn that does not raise its signal again, ends streams first and always leaves in time."""

    def __init__(self, gate: Gate, *, ready: Callable[[], Awaitable[None]]) -> None:
        super().__init__(_config(gate))
        self._gate = gate
        self._ready = ready

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        before = {number: signal.signal(number, self.handle_exit) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self.should_exit:
            leave(0)
        self._gate.is_stopping = True
        self.should_exit = True
        watchdog = threading.Timer(LONGEST_STOP_SECONDS, os._exit, (0,))
        watchdog.daemon = True
        watchdog.start()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        await self._ready()

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second."""
        if counter % TICKS_PER_LOOK == 0:
            end_overdue(self.server_state.connections, asyncio.get_running_loop().time())
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        self._gate.is_stopping = True
        for server in self.servers:
            server.close()
        await _stop_hub()
        await super().shutdown(sockets=sockets)
        await lifecycle.run_stop_hooks()


def _config(gate: Gate) -> uvicorn.Config:
    return uvicorn.Config(
        gate,
        loop="auto",
        http=BoundedProtocol,
        ws="websockets-sansio",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        ws_max_size=WS_MAX_BYTES,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=75,
    )


async def _stop_hub() -> None:
    """End waits, SSE streams and websockets; only then are connections left that end by themselves."""
    from pulse_project.core.hub import hub

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(GRACE_SECONDS / 2):
            await hub().stop()


def run(application: Application, sockets: Sequence[socket.socket], *, mcp_port: int, ready: Any) -> bool:
    """Serve until a signal comes. Answers whether the server ever became ready."""
    BoundedProtocol.most_connections = room_for_connections()
    server = PulseServer(Gate(application, mcp_port), ready=ready)
    server.run(sockets=list(sockets))
    db.shutdown()
    return server.started


def leave(code: int) -> None:
    """End the process now: Python would wait for busy pool threads, which a stopping server has no time for."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)
