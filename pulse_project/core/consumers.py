"""The websocket `/ws/live/`: authenticate, follow topics of the hub, forward their frames. No rule of its own."""

import asyncio
import contextlib
import json

from channels.consumer import get_handler_name
from channels.generic.websocket import AsyncWebsocketConsumer

from pulse_project.core import auth, db
from pulse_project.core.errors import Code, Failure
from pulse_project.core.http_reply import Message, Receive, Scope, Send
from pulse_project.core.hub import Hub, hub
from pulse_project.core.live_frames import MAX_TOPICS, Sub, Unsub, Wanted, parse_frame
from pulse_project.core.logs_format import echoed
from pulse_project.core.principals import Caller
from pulse_project.core.ratelimit import Buckets
from pulse_project.core.tail.streams import TOO_SLOW, Stream
from pulse_project.core.topics import Topic, feed_of, find_topic, subscribed

NOT_LOGGED_IN = 4401
FORBIDDEN = 4403
TOO_MUCH = 4429

FRAMES_PER_SECOND = 30
PING_SECONDS = 25.0
NO_PROGRESS_SECONDS = 10.0
CLOSE_SECONDS = 1.0
PING = '{"op":"ping"}'


class LiveConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels ships no types
    """The application of `/ws/live/`; the guard in front has put the caller into `scope["state"]`.

    Data comes from the hub and not through a channel layer, which drops what it cannot queue.
    """

    def __init__(self) -> None:
        super().__init__()
        self._connection: Connection | None = None
        self._serving: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._release()

    async def dispatch(self, message: Message) -> None:
        """Call the handler; no database connection belongs to this task, so none is looked after around it."""
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        await self.accept()
        caller: Caller | None = self.scope.get("state", {}).get("caller")
        if caller is None:
            return await self._end(NOT_LOGGED_IN)
        try:
            stream = await hub().subscribe()
        except Failure:  # as many connections as this process takes
            return await self._end(TOO_SLOW)
        self._connection = Connection(hub(), stream, caller)
        self._serving = asyncio.create_task(self._serve(self._connection))
        return None

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self._connection is not None:
            await self._connection.hear(text_data or "")

    async def _serve(self, connection: "Connection") -> None:
        await connection.run(self.base_send)
        self._release()
        if connection.stream.close_code is not None:
            await self._end(connection.stream.close_code)

    async def _end(self, code: int) -> None:
        with contextlib.suppress(OSError, RuntimeError, TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self.close(code)

    def _release(self) -> None:
        """Give back what the hub and the registry of connections hold; harmless when done before."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.release()
        if self._serving is not None and self._serving is not asyncio.current_task():
            self._serving.cancel()


class Connection:
    """One open websocket: the client's frames, a writer of the stream, a ping."""

    def __init__(self, running: Hub, stream: Stream, caller: Caller) -> None:
        self.hub = running
        self.stream = stream
        self.caller = caller
        self.topics: dict[str, Topic] = {}
        self._budget = Buckets()
        self._recheck: asyncio.Task[None] | None = None
        self._detach = auth.sessions.attach(caller, lambda: stream.end(NOT_LOGGED_IN), self.rights_changed, always=True)

    def release(self) -> None:
        self._detach()
        self.hub.release(self.stream)

    async def run(self, send: Send) -> None:
        """Forward until the stream ends or the client has left."""
        tasks = {asyncio.create_task(job) for job in (self._write(send), self._ping())}
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            if self._recheck is not None:
                self._recheck.cancel()

    def rights_changed(self, caller: Caller) -> None:
        """Judge every topic again with the new rights; one that is lost closes the connection."""
        self.caller = caller
        self._recheck = asyncio.create_task(self._judge_again())

    async def _judge_again(self) -> None:
        if not await self._may_follow(list(self.topics.values())):
            self.stream.end(FORBIDDEN)

    async def _write(self, send: Send) -> None:
        """Forward frames. A client that takes nothing for ten seconds is closed, it finds the rest in the log later."""
        try:
            while frames := await self.stream.take():
                for frame in frames:
                    async with asyncio.timeout(NO_PROGRESS_SECONDS):
                        await send({"type": "websocket.send", "text": frame})
        except TimeoutError:
            self.stream.end(TOO_SLOW)
        except (OSError, RuntimeError):  # the client has left
            return

    async def _ping(self) -> None:
        while True:
            await asyncio.sleep(PING_SECONDS)
            self.stream.say(PING)

    async def hear(self, text: str) -> None:
        """One frame of the client; nothing is heard any more once the connection is to be closed."""
        if self._budget.take("frames", FRAMES_PER_SECOND * 60, burst=FRAMES_PER_SECOND):
            self.stream.end(TOO_MUCH)
        if self.stream.close_code is None:
            await self._handle(text)

    async def _handle(self, text: str) -> None:
        try:
            match parse_frame(text):
                case Sub(wanted):
                    await self._follow(wanted)
                case Unsub(names):
                    for name in names:
                        self.topics.pop(name, None)
                        self.hub.unfollow(self.stream, name)
        except Failure as failure:
            self.stream.say(_error(failure))

    async def _follow(self, wanted: tuple[Wanted, ...]) -> None:
        found = {want.name: find_topic(want.name) for want in wanted}
        topics = {name: topic for name, topic in found.items() if topic is not None}
        if len(self.topics | topics) > MAX_TOPICS:
            return self.stream.end(TOO_MUCH)
        if not await self._may_follow(list(topics.values())):
            return self.stream.end(FORBIDDEN)
        for want in wanted:
            topic = topics.get(want.name)
            if topic is None:
                unknown = Failure(Code.NOT_FOUND, "There is no topic of that name.", topic=echoed(want.name))
                self.stream.say(_error(unknown))
                continue
            self.topics[topic.name] = topic
            feed = feed_of(topic, lambda: self.caller)
            self.stream.say(subscribed(topic, self.stream.head(feed)))
            await self.hub.follow(self.stream, feed, want.after)
        return None

    async def _may_follow(self, topics: list[Topic]) -> bool:
        return await db.in_read(_all_authorised, topics, self.caller)


def _all_authorised(topics: list[Topic], caller: Caller) -> bool:
    return all(topic.authorised(caller) for topic in topics)


def _error(failure: Failure) -> str:
    return json.dumps({"op": "error", "code": failure.code.value, "message": failure.message, **failure.details})


live = LiveConsumer.as_asgi()
