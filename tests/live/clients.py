"""Writers and clients of the live feed that run inside the test."""

import asyncio
import json
from typing import Any

from pulse_project.core import consumers, db, hub, outbox
from pulse_project.core.principals import Caller, Kind

CALLER = Caller(Kind.LOCAL, "local-operator", auth="test")
TOPIC = "test:one"


def emit_now(count: int, *, start: int = 0, entity: str = "one", kind: str = "test.happened") -> list[int]:
    """Commit `count` events in one transaction; their numbers."""
    with db.write_tx() as tx:
        pending = [outbox.emit(kind, caller=CALLER, entity=("test", entity), n=start + i) for i in range(count)]
        tx.flush()
        return [one.seq for one in pending]


async def handed_out(seq: int) -> None:
    """Return once the hub has handed out the row of that number."""
    while hub.hub().head("d") < seq:
        await asyncio.sleep(0.001)


class Socket:
    """A client of the websocket application, in process."""

    def __init__(self, caller: Caller | None) -> None:
        self.scope = {"type": "websocket", "path": "/ws/live/", "state": {"caller": caller}}
        self.inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.frames: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.close_code: int | None = None
        self.is_reading = asyncio.Event()
        self.is_reading.set()
        self.task: asyncio.Task[None] | None = None

    async def open(self) -> "Socket":
        self.inbox.put_nowait({"type": "websocket.connect"})
        self.task = asyncio.create_task(consumers.live(self.scope, self.inbox.get, self._take))
        return self

    async def _take(self, message: dict[str, Any]) -> None:
        if message["type"] == "websocket.close":
            self.close_code = message["code"]
            self.inbox.put_nowait({"type": "websocket.disconnect", "code": message["code"]})  # as servers do
        elif message["type"] == "websocket.send":
            await self.is_reading.wait()
            self.frames.put_nowait(json.loads(message["text"]))

    def send(self, frame: Any) -> None:
        self.inbox.put_nowait({"type": "websocket.receive", "text": json.dumps(frame)})

    async def frame(self) -> dict[str, Any]:
        async with asyncio.timeout(5):
            return await self.frames.get()

    async def events(self, count: int) -> list[dict[str, Any]]:
        """The next `count` event frames; other frames in between are dropped."""
        found: list[dict[str, Any]] = []
        while len(found) < count:
            frame = await self.frame()
            if frame["op"] == "event":
                found.append(frame)
        return found

    async def follow(self, topic: str = TOPIC, after: str | None = None) -> dict[str, Any]:
        """Subscribe and answer the confirming frame."""
        self.send({"op": "sub", "topics": [{"name": topic, "after": after}]})
        return await self.frame()

    async def leave(self) -> None:
        self.inbox.put_nowait({"type": "websocket.disconnect", "code": 1001})
        await self.ended()

    async def ended(self) -> int | None:
        """Wait for the application to return; the code it closed with."""
        assert self.task is not None
        async with asyncio.timeout(5):
            await self.task
        return self.close_code
