"""Emission of bus events: vocabulary, numbers, audience."""

import json
from typing import Any

import pytest

from nexus import audience, log, targets
from nexus.models import Audience, Event, Stream
from pulse_project.core import clock, db
from pulse_project.core.errors import Code, Failure

pytestmark = pytest.mark.django_db
BOB = targets.parse({"strategy": "direct", "agent_id": "bob"})


@pytest.mark.parametrize(
    "over", [{"stream": "session"}, {"stream": "open handoffs"}, {"visibility": "workspace"}, {"type": "  "}]
)
def test_an_event_that_nobody_could_read_is_refused(alice: Any, workspace: Any, over: Any) -> None:
    arguments = {"type": "x.done", "stream": "workspace", "visibility": "public", **over}
    with db.write_tx(), pytest.raises(Failure) as caught:
        log.emit(workspace.pk, arguments.pop("type"), caller=alice, actor="alice", payload={}, **arguments)
    assert caught.value.code is Code.INTERNAL_ERROR
    assert not Event.objects.exists()


def test_events_are_numbered_without_gaps_and_roll_back_with_their_cause(alice: Any, workspace: Any) -> None:
    def write(fail: bool) -> list[int]:
        with db.write_tx() as tx:
            pending = [log.emit(workspace.pk, "x.done", caller=alice, actor="alice", payload={}) for _ in range(2)]
            tx.flush()
            if fail:
                raise LookupError
            return [one.seq for one in pending]

    first = write(False)
    with pytest.raises(LookupError):
        write(True)
    assert [*first, *write(False)] == list(range(first[0], first[0] + 4))


@pytest.mark.parametrize(
    ("visibility", "target", "concerns", "keys"),
    [
        ("public", None, (), ["*", "a:alice"]),
        ("public", BOB, (), ["*", "a:bob", "a:alice"]),
        ("eligible", BOB, (), ["a:bob", "a:alice"]),
        ("eligible", targets.BROADCAST, (), ["*", "a:alice"]),
        ("private", None, ("carol",), ["a:carol", "a:alice"]),
        ("eligible", targets.parse({"strategy": "role", "role": "qa"}), (), ["r:qa", "a:alice"]),
    ],
)
def test_the_audience_is_indexed_and_kept_with_the_event(
    alice: Any, workspace: Any, visibility: str, target: Any, concerns: Any, keys: list[str]
) -> None:
    with db.write_tx():
        log.emit(workspace.pk, "x.done", caller=alice, actor="alice", visibility=visibility, target=target,
                 concerns=concerns, payload={"a": "é"})  # fmt: skip
    event = Event.objects.get()
    assert json.loads(event.audience) == keys
    assert sorted(Audience.objects.filter(seq=event.seq).values_list("key", flat=True)) == sorted(keys)
    assert event.payload == '{"a":"é"}'


def test_a_fallback_key_opens_in_time(alice: Any, workspace: Any, hand: Any) -> None:
    target = targets.parse({"strategy": "direct_with_fallback", "agent_id": "bob", "fallback_after_seconds": 60})
    with db.write_tx():
        log.emit(workspace.pk, "x.done", caller=alice, actor="alice", visibility="eligible", target=target, payload={})
    start = _written_us()
    mine = ["*", "a:zoe"]

    def seen(now_us: int) -> list[int]:
        return audience.visible(workspace.pk, Stream.WORKSPACE, mine, after=0, limit=5, now_us=now_us)

    assert seen(start + 59_999_999) == []
    assert len(seen(start + 60_000_000)) == 1


def _written_us() -> int:
    return Event.objects.get().created_us


def test_a_page_of_the_index_is_ordered_bounded_and_without_doubles(alice: Any, workspace: Any) -> None:
    with db.write_tx() as tx:
        emitted = [
            log.emit(workspace.pk, "x.done", caller=alice, actor="alice", payload={}, visibility=visibility, target=BOB)
            for visibility in ("public", "eligible", "public")
        ]
        tx.flush()
    numbers = [one.seq for one in emitted]
    keys = [*(f"c:{n}" for n in range(90)), "*", "a:bob"]
    read = {"limit": 2, "now_us": clock.now_us()}
    assert audience.visible(workspace.pk, Stream.WORKSPACE, keys, after=0, **read) == numbers[:2]
    assert audience.visible(workspace.pk, Stream.WORKSPACE, keys, after=numbers[1], **read) == numbers[2:]


def test_long_names_are_keyed_by_their_hash() -> None:
    key = audience.key("r", "x" * 5000)
    assert len(key) == 66
    assert key != audience.key("r", "x" * 5001)
