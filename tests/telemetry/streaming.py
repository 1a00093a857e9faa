"""A client of the answers that do not end by themselves, in process and in front of the whole application."""

import asyncio
import json
from typing import Any, Self
from urllib.parse import urlencode

HOST = b"127.0.0.1:8100"


class Streaming:
    """One GET request; `await Streaming("/v1/events/stream", after=3).open()`, or an async context manager.

    A server takes `buffered` messages from the application before the client has read any.
    """

    def __init__(self, path: str, *, headers: dict[str, str] | None = None, buffered: int = 0, **query: Any) -> None:
        given = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
        self.scope: dict[str, Any] = {
            "type": "http", "method": "GET", "scheme": "http", "http_version": "1.1", "path": path,
            "raw_path": path.encode(), "query_string": urlencode(query).encode(), "root_path": "",
            "headers": [(b"host", HOST), *given], "client": ("127.0.0.1", 50_000), "server": ("127.0.0.1", 8100),
        }  # fmt: skip
        self.sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue(buffered)
        self.left = asyncio.Event()
        self.is_complete = False
        self.text = b""
        self.status = 0
        self.headers: dict[str, str] = {}

    async def open(self) -> Self:
        from pulse_project.asgi import application

        self.task = asyncio.create_task(application(self.scope, self._receive, self.sent.put))
        start = await self._message()
        assert start is not None
        self.status = start["status"]
        self.headers = {name.decode(): value.decode() for name, value in start["headers"]}
        return self

    async def __aenter__(self) -> Self:
        return await self.open()

    async def __aexit__(self, *_: object) -> None:
        await self.leave()

    async def _receive(self) -> dict[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def _message(self) -> dict[str, Any] | None:
        """The next message of the application, None when it has returned."""
        taking = asyncio.create_task(self.sent.get())
        async with asyncio.timeout(10):
            await asyncio.wait({taking, self.task}, return_when=asyncio.FIRST_COMPLETED)
            if not taking.done() and not self.sent.empty():
                await taking
        if not taking.done():
            taking.cancel()
            self.task.result()
            return None
        return taking.result()

    async def read(self) -> bytes | None:
        """The next bytes of the body, None at its end; `is_complete` says whether it was meant."""
        message = None if self.is_complete else await self._message()
        if message is None:
            return None
        self.is_complete = not message.get("more_body")
        return bytes(message.get("body", b""))

    async def rest(self) -> bytes:
        """Everything up to the end."""
        found = b""
        while (piece := await self.read()) is not None:
            found += piece
        return found

    async def block(self) -> dict[str, Any]:
        """The next server-sent event {id, event, data}, or {"": comment}; empty when the stream has ended."""
        while True:
            while b"\n\n" not in self.text:
                piece = await self.read()
                if piece is None:
                    return {}
                self.text += piece
            block, _, self.text = self.text.partition(b"\n\n")
            fields = dict(line.split(": ", 1) for line in block.decode().split("\n"))
            if "retry" not in fields:
                return fields

    async def events(self, count: int) -> list[dict[str, Any]]:
        """The data of the next `count` events, each with its number as `id`."""
        found: list[dict[str, Any]] = []
        while len(found) < count:
            fields = await self.block()
            assert fields, f"the stream ended after {len(found)} events"
            if fields.get("event") == "telemetry":
                found.append({"id": int(fields["id"]), **json.loads(fields["data"])})
        return found

    async def leave(self) -> None:
        self.left.set()
        if self.sent.maxsize:
            while not self.task.done():
                await asyncio.sleep(0)
                while not self.sent.empty():
                    self.sent.get_nowait()
        async with asyncio.timeout(10):
            await self.task
