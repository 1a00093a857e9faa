"""The websocket: frames, limits, rights, resume."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pulse_project.core import auth, clock
from pulse_project.core.hub import Hub
from tests.live.clients import CALLER, TOPIC, Socket, handed_out

Connect = Callable[..., Any]
STRANGER = replace(CALLER, name="stranger")


def numbers(events: list[dict[str, Any]]) -> list[int]:
    return [event["data"]["n"] for event in events]


async def test_a_subscriber_gets_an_event_with_its_cursor(connect: Connect, emit: Connect) -> None:
    socket = await connect()
    confirmed = await socket.follow()
    (seq,) = await emit()
    (event,) = await socket.events(1)
    assert (confirmed["op"], confirmed["topic"]) == ("sub.ok", TOPIC)
    assert event == {"op": "event", "topic": TOPIC, "seq": f"d{seq}", "type": "test.happened", "data": {"n": 0}}


async def test_a_cursor_resumes_without_loss_or_duplicate(connect: Connect, emit: Connect) -> None:
    socket = await connect()
    await socket.follow()
    await emit(1)
    (first,) = await socket.events(1)
    await socket.leave()
    await emit(700, start=1)
    again = await connect()
    await again.follow(after=first["seq"])
    assert numbers(await again.events(700)) == list(range(1, 701))


async def test_an_unsubscribed_topic_is_silent(connect: Connect, emit: Connect) -> None:
    socket = await connect()
    await socket.follow()
    await socket.follow("test:two")
    socket.send({"op": "unsub", "topics": [TOPIC]})
    socket.send({"op": "sub", "topics": []})
    await asyncio.sleep(0.01)
    await emit(1)
    await emit(1, entity="two")
    (event,) = await socket.events(1)
    assert event["topic"] == "test:two"


async def test_a_forbidden_topic_closes_with_4403_and_sends_nothing(connect: Connect, emit: Connect) -> None:
    socket = await connect(STRANGER)
    socket.send({"op": "sub", "topics": [{"name": TOPIC}]})
    assert await socket.ended() == 4403
    assert socket.frames.empty()


async def test_nobody_is_closed_with_4401(connect: Connect) -> None:
    socket = await connect(None)
    assert await socket.ended() == 4401


async def test_too_many_topics_close_with_4429(connect: Connect) -> None:
    socket = await connect()
    socket.send({"op": "sub", "topics": [{"name": f"test:{n}"} for n in range(65)]})
    assert await socket.ended() == 4429


async def test_too_many_frames_close_with_4429(connect: Connect) -> None:
    socket = await connect()
    for _ in range(40):
        socket.send({"op": "pong"})
    assert await socket.ended() == 4429


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("nonsense", "VALIDATION_ERROR"),
        ("[]", "VALIDATION_ERROR"),
        ('{"op":"sub","topics":[{"name":"test:one","after":12}]}', "VALIDATION_ERROR"),
        ('{"op":"sub","topics":[{"name":"test:one","after":"x9"}]}', "VALIDATION_ERROR"),
        ('{"op":"sub","topics":[{"name":"unheard:of"}]}', "NOT_FOUND"),
        (json.dumps({"op": "pong", "pad": "x" * 70_000}), "CONTENT_TOO_LARGE"),
    ],
)
async def test_a_bad_frame_is_answered_and_the_socket_stays(connect: Connect, text: str, code: str) -> None:
    socket = await connect()
    socket.inbox.put_nowait({"type": "websocket.receive", "text": text})
    refused = await socket.frame()
    assert (refused["op"], refused["code"]) == ("error", code)
    assert (await socket.follow())["op"] == "sub.ok"


async def test_events_are_filtered_for_each_caller(connect: Connect, emit: Connect) -> None:
    half, whole = await connect(replace(CALLER, name="half")), await connect()
    await half.follow()
    await whole.follow()
    await emit(4)
    assert numbers(await half.events(2)) == [0, 2]
    assert numbers(await whole.events(4)) == [0, 1, 2, 3]


async def test_a_cursor_above_the_head_is_reset(connect: Connect, emit: Connect) -> None:
    (seq,) = await emit()
    await handed_out(seq)
    socket = await connect()
    await socket.follow(after="d999999")
    reset = await socket.frame()
    await emit(1, start=5)
    assert (reset["op"], reset["topic"], reset["reason"]) == ("reset", TOPIC, "rewound")
    assert numbers(await socket.events(1)) == [5]


async def test_a_cursor_below_the_floor_is_reset(live_hub: Hub, connect: Connect, emit: Connect) -> None:
    from pulse_project.core import db
    from pulse_project.core.models import LogCounter

    seqs = await emit(3)
    await handed_out(seqs[-1])
    await db.in_write(lambda: LogCounter.objects.filter(name="domain").update(floor=seqs[1]))
    socket = await connect()
    await socket.follow(after=f"d{seqs[0]}")
    reset = await socket.frame()
    assert (reset["op"], reset["reason"]) == ("reset", "pruned")
    await emit(1, start=7)
    assert numbers(await socket.events(1)) == [7]


async def test_lost_rights_close_with_4403(connect: Connect) -> None:
    socket = await connect()
    await socket.follow()
    for state in auth.sessions._loops.values():
        for connection in state.open:
            assert connection.changed is not None
            connection.changed(STRANGER)
    assert await socket.ended() == 4403


async def test_a_revoked_key_closes_with_4401_within_a_second(connect: Connect, emit: Connect) -> None:
    from pulse_project.core import db
    from pulse_project.core.models import Agent, ApiKey

    def issue() -> Any:
        agent = Agent.objects.create(agent_id="alice")
        return ApiKey.objects.create(agent=agent, key_hash="0" * 64, prefix="nxs_0000")

    def revoke() -> None:
        ApiKey.objects.filter(pk=key.pk).update(revoked_at=clock.now())

    key = await db.in_write(issue)
    caller = await db.in_read(auth.caller_of_key, key)
    socket = await connect(caller)
    await socket.follow()
    await db.in_write(revoke)
    auth.forget()
    async with asyncio.timeout(1):
        assert await socket.ended() == 4401


async def test_stop_closes_every_socket_with_1012_at_once(live_hub: Hub, connect: Connect) -> None:
    sockets: list[Socket] = [await connect() for _ in range(20)]
    for socket in sockets:
        await socket.follow()
    async with asyncio.timeout(1):
        await live_hub.stop()
        assert [await socket.ended() for socket in sockets] == [1012] * 20


async def test_a_deadline_is_an_ephemeral_notice(live_hub: Hub, connect: Connect) -> None:
    socket = await connect()
    await socket.follow()
    live_hub.schedule("entity:test:one", clock.now_us() + 10_000)
    (notice,) = await socket.events(1)
    assert (notice["seq"], notice["type"]) == (None, "deadline.passed")
