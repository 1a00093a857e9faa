"""The websocket `/ws/live/`: authenticate, follow topics of the hub, forward their frames. No rule of its own."""

import asyncio
import contextlib
import json

from pulse_project.core import auth, db
from pulse_project.core.errors import Code, Failure
from pulse_project.core.http_reply import Receive, Scope, Send
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


async def live(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI application of `/ws/live/`; the guard in front has put the caller into `scope["state"]`."""
    await receive()  # websocket.connect
    await send({"type": "websocket.accept"})
    caller: Caller | None = scope.get("state", {}).get("caller")
    code = await _serve(caller, receive, send) if caller else NOT_LOGGED_IN
    if code is not None:
        with contextlib.suppress(OSError, RuntimeError, TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await send({"type": "websocket.close", "code": code})


async def _serve(caller: Caller, receive: Receive, send: Send) -> int | None:
    """Run one connection to its end: the code to close it with, None when the client left."""
    running = hub()
    try:
        stream = await running.subscribe()
    except Failure:  # as many connections as this process takes
        return TOO_SLOW
    connection = Connection(running, stream, caller)
    detach = auth.sessions.attach(caller, lambda: stream.end(NOT_LOGGED_IN), connection.rights_changed)
    try:
        await connection.run(receive, send)
    finally:
        detach()
        running.release(stream)
    return stream.close_code


class Connection:
    """One open websocket: a reader of client frames, a writer of the stream, a ping."""

    def __init__(self, running: Hub, stream: Stream, caller: Caller) -> None:
        self.hub = running
        self.stream = stream
        self.caller = caller
        self.topics: dict[str, Topic] = {}
        self._budget = Buckets()
        self._recheck: asyncio.Task[None] | None = None

    async def run(self, receive: Receive, send: Send) -> None:
        """Serve until the client leaves or the stream ends."""
        tasks = {asyncio.create_task(job) for job in (self._read(receive), self._write(send), self._ping())}
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

    async def _read(self, receive: Receive) -> None:
        while (message := await receive())["type"] == "websocket.receive":
            if self._budget.take("frames", FRAMES_PER_SECOND * 60, burst=FRAMES_PER_SECOND):
                self.stream.end(TOO_MUCH)
            if self.stream.close_code is not None:
                return
            await self._handle(message.get("text") or "")

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
