"""HTTP on the wire, bounded before a request exists: how long and how large its head may be, how long its body takes.

uvicorn itself waits for a request for ever and keeps as many bytes of headers as a client sends.
"""

import asyncio
import resource
from collections.abc import Iterable
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from pulse_project.core.gathering import Gathering

MAX_HEAD_BYTES = 64 * 1024
HEAD_SECONDS = 15.0
BODY_SECONDS = 60.0
MAX_CONNECTIONS = 4000
OTHER_FILES = 256  # what the store, its log and the program itself need
_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: text/plain; charset=utf-8\r\n"
    b"content-length: 25\r\nconnection: close\r\n\r\nThe headers are too large"
)


class BoundedProtocol(HttpToolsProtocol):
    """One connection. `since` is when the request that is still incomplete began (loop time), None between requests."""

    most_connections = MAX_CONNECTIONS
    since: float | None = None
    is_in_head = True
    head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn declares it
        self._gathering = Gathering(transport, self.loop)
        super().connection_made(cast("asyncio.Transport", self._gathering))
        self.since = self.loop.time()
        if len(self.connections) > self.most_connections:
            transport.abort()

    def data_received(self, data: bytes) -> None:
        if self.since is None:
            self.since = self.loop.time()
        super().data_received(data)
        if self.is_in_head and self.since is not None:
            self.head_bytes += len(data)
            if self.head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
                self.transport.write(_TOO_LARGE)
                self.transport.close()

    def eof_received(self) -> None:
        """The client said all it had to say: the transport closes now, behind what it was answered already."""
        self._gathering.flush()
        super().eof_received()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.since = self.loop.time()

    def on_headers_complete(self) -> None:
        self.is_in_head = False
        self.head_bytes = 0
        super().on_headers_complete()
        if not self.url.startswith(b"/"):
            self.scope["path"] = self.url.decode("latin-1")  # a whole address names a host of its own: the guard's 400

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self.since = None
        self.is_in_head = True

    def is_overdue(self, now: float) -> bool:
        """Whether the request under way took longer than a head, or a body, may take."""
        return self.since is not None and now - self.since > (HEAD_SECONDS if self.is_in_head else BODY_SECONDS)

    def _should_upgrade(self) -> bool:
        return bool(super()._should_upgrade()) and self.parser.get_http_version() == "1.1"


def room_for_connections() -> int:
    """How many connections this process can hold beside its files; raises its own limit as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_CONNECTIONS + OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return MAX_CONNECTIONS if soft == resource.RLIM_INFINITY else max(64, min(MAX_CONNECTIONS, soft - OTHER_FILES))


def end_overdue(connections: Iterable[Any], now: float) -> None:
    """Close the connections whose request does not come to its end. What became a websocket is not looked at."""
    for connection in [one for one in connections if isinstance(one, BoundedProtocol)]:
        if connection.is_overdue(now):
            connection.transport.abort()
