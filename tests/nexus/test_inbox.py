"""Lanes, leases, dead letters and history."""

from typing import Any

import pytest

from nexus.models import Event, LaneCount, MessageDelivery
from tests.nexus.calls import code, error, ok

pytestmark = pytest.mark.django_db


def _counts(caller: Any) -> tuple[int, int, int]:
    sizes = ok("inbox_count", caller, agent_id=caller.name)
    return sizes["unread"], sizes["in_flight"], sizes["read"]


def _pull(caller: Any, **over: Any) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = ok("inbox_pull", caller, agent_id=caller.name, **over)["messages"]
    return messages


def test_a_pull_leases_oldest_first(alice: Any, bob: Any, send: Any, hand: Any) -> None:
    ids = [send(alice, to="bob")["message_id"] for _ in range(3)]
    assert [one["message_id"] for one in _pull(bob, limit=2)] == ids[:2]
    assert _counts(bob) == (1, 2, 0)
    assert [one["message_id"] for one in _pull(bob)] == ids[2:]


@pytest.mark.parametrize(("asked", "seconds"), [(None, 300), (0, 10), (-5, 10), (10, 10), (3600, 3600), (99_999, 3600)])
def test_a_lease_is_clamped(alice: Any, bob: Any, send: Any, hand: Any, asked: int | None, seconds: int) -> None:
    send(alice, to="bob")
    _pull(bob, lease_seconds=asked)
    hand.advance(seconds)
    assert _counts(bob) == (0, 1, 0)
    hand.advance(0.000001)
    assert _counts(bob) == (1, 0, 0)


@pytest.mark.parametrize(
    "over",
    [{"limit": 0}, {"limit": -1}, {"limit": True}, {"limit": 1.0}, {"limit": "5"}, {"lease_seconds": True},
     {"lease_seconds": 1.5}, {"agent_id": ""}, {"agent_id": 5}, {"detail": "most"}, {"extra": 1}],
)  # fmt: skip
def test_a_pull_checks_its_arguments(bob: Any, over: Any) -> None:
    assert code("inbox_pull", bob, **{"agent_id": "bob", **over}) == "VALIDATION_ERROR"


def test_a_lapsed_lease_returns_the_message_without_being_swept(alice: Any, bob: Any, send: Any, hand: Any) -> None:
    message_id = send(alice, to="bob")["message_id"]
    _pull(bob)
    hand.advance(301)
    assert ok("inbox_peek", bob, agent_id="bob")["messages"][0]["status"] == "unread"
    assert ok("message_status", alice, message_id=message_id)["deliveries"][0]["status"] == "unread"
    assert [(one["message_id"], one["attempts"]) for one in _pull(bob)] == [(message_id, 2)]


def test_a_message_is_returned_five_times_and_parked_at_the_sixth_pull(
    alice: Any, bob: Any, send: Any, hand: Any
) -> None:
    message_id = send(alice, to="bob")["message_id"]
    attempts = []
    for _ in range(5):
        attempts += [one["attempts"] for one in _pull(bob)]
        hand.advance(301)
    assert (attempts, _counts(bob)) == ([1, 2, 3, 4, 5], (1, 0, 0))
    assert _pull(bob) == []
    parked = ok("message_status", alice, message_id=message_id)["deliveries"][0]
    assert (parked["status"], parked["attempts"], _counts(bob)) == ("parked", 5, (0, 0, 0))


def test_a_parked_message_uses_up_a_slot_of_its_pull(alice: Any, bob: Any, send: Any, hand: Any) -> None:
    send(alice, to="bob")
    for _ in range(5):
        _pull(bob)
        hand.advance(301)
    second = send(alice, to="bob")["message_id"]
    assert _pull(bob, limit=1) == []
    assert [one["message_id"] for one in _pull(bob, limit=1)] == [second]


def test_parked_messages_show_on_request_only(alice: Any, bob: Any, send: Any) -> None:
    send(alice, to="bob")
    MessageDelivery.objects.update(lane=3)
    assert ok("inbox_peek", bob, agent_id="bob")["count"] == 0
    assert ok("inbox_peek", bob, agent_id="bob", include_parked=True)["messages"][0]["status"] == "parked"


def test_an_acknowledgement_settles_once(alice: Any, bob: Any, send: Any) -> None:
    message_id = send(alice, to="bob")["message_id"]
    _pull(bob)
    first = ok("inbox_ack", bob, agent_id="bob", message_ids=[message_id, message_id, "msg0"])
    assert first == {"acknowledged": 1, "read_message_ids": [message_id]}
    assert ok("inbox_ack", bob, agent_id="bob", message_ids=message_id)["acknowledged"] == 0
    assert _counts(bob) == (0, 0, 1)


@pytest.mark.parametrize("seconds", [None, 0, 301])
def test_an_acknowledgement_settles_unpulled_and_lapsed_messages(
    alice: Any, bob: Any, send: Any, hand: Any, seconds: int | None
) -> None:
    message_id = send(alice, to="bob")["message_id"]
    if seconds is not None:
        _pull(bob)
        hand.advance(seconds)
    assert ok("inbox_ack", bob, agent_id="bob", message_ids=message_id)["acknowledged"] == 1
    assert _counts(bob) == (0, 0, 1)


def test_nobody_settles_another_inbox_by_message_id(alice: Any, bob: Any, carol: Any, send: Any) -> None:
    message_id = send(alice, to="bob")["message_id"]
    assert ok("inbox_ack", carol, agent_id="carol", message_ids=message_id)["acknowledged"] == 0
    assert _counts(bob) == (1, 0, 0)


@pytest.mark.parametrize("ids", ["", [], [""], [5], 5, None, True, {"a": 1}, "a\x00"])
def test_message_ids_are_one_or_a_list(bob: Any, ids: Any) -> None:
    assert code("inbox_ack", bob, agent_id="bob", message_ids=ids) == "VALIDATION_ERROR"


def test_a_string_is_one_id_and_never_parsed(alice: Any, bob: Any, send: Any) -> None:
    message_id = send(alice, to="bob")["message_id"]
    assert ok("inbox_ack", bob, agent_id="bob", message_ids=f'["{message_id}"]')["acknowledged"] == 0


def test_an_extension_renews_all_or_nothing(alice: Any, bob: Any, send: Any, hand: Any) -> None:
    pulled, waiting = (send(alice, to="bob")["message_id"] for _ in range(2))
    _pull(bob, limit=1, lease_seconds=60)
    failed = error("inbox_extend", bob, agent_id="bob", message_ids=[pulled, waiting, "msg0"], extend_seconds=600)
    assert failed["code"] == "VALIDATION_ERROR"
    assert failed["details"]["reasons"] == {waiting: "never_pulled", "msg0": "not_in_your_inbox"}
    hand.advance(61)
    assert _counts(bob) == (2, 0, 0)


def test_an_extension_starts_now(alice: Any, bob: Any, send: Any, hand: Any) -> None:
    message_id = send(alice, to="bob")["message_id"]
    _pull(bob, lease_seconds=60)
    hand.advance(60)
    extended = ok("inbox_extend", bob, agent_id="bob", message_ids=message_id, extend_seconds=60)
    hand.advance(60)
    assert extended["extended"] == 1
    assert _counts(bob) == (0, 1, 0)


@pytest.mark.parametrize(("lane", "reason"), [(1, "lease_expired"), (2, "already_acknowledged"), (3, "parked")])
def test_what_is_not_held_cannot_be_extended(
    alice: Any, bob: Any, send: Any, hand: Any, lane: int, reason: str
) -> None:
    message_id = send(alice, to="bob")["message_id"]
    _pull(bob)
    MessageDelivery.objects.update(lane=lane)
    hand.advance(301)
    failed = error("inbox_extend", bob, agent_id="bob", message_ids=message_id, extend_seconds=60)
    assert failed["details"]["reasons"] == {message_id: reason}


@pytest.mark.parametrize("seconds", [True, 1.5, "60", None])
def test_an_extension_takes_whole_seconds(bob: Any, seconds: Any) -> None:
    arguments = {"agent_id": "bob", "message_ids": "msg0", "extend_seconds": seconds}
    assert code("inbox_extend", bob, **arguments) == "VALIDATION_ERROR"


def test_a_peek_previews_and_changes_nothing(alice: Any, bob: Any, send: Any) -> None:
    send(alice, to="bob", body="é" * 300)
    message = ok("inbox_peek", bob, agent_id="bob")["messages"][0]
    assert (message["body_preview"], message["body_bytes"], "body" in message) == ("é" * 200, 600, False)
    assert ok("inbox_peek", bob, agent_id="bob", include_bodies=True)["messages"][0]["body"] == "é" * 300
    assert MessageDelivery.objects.get().attempts == 0


def test_a_summary_pull_has_previews(alice: Any, bob: Any, send: Any) -> None:
    send(alice, to="bob", body="x" * 300)
    message = _pull(bob, detail="summary")[0]
    assert (message["body_bytes"], "body" in message) == (300, False)


def test_the_history_is_newest_first_and_steady_under_new_reads(alice: Any, bob: Any, send: Any, hand: Any) -> None:
    ids = []
    for _ in range(4):
        ids.append(send(alice, to="bob")["message_id"])
        ok("inbox_ack", bob, agent_id="bob", message_ids=ids[-1])
        hand.advance(1)
    page = ok("inbox_history", bob, agent_id="bob", limit=2)
    ok("inbox_ack", bob, agent_id="bob", message_ids=send(alice, to="bob")["message_id"])
    rest = ok("inbox_history", bob, agent_id="bob", limit=2, cursor=page["next_cursor"])
    assert [one["message_id"] for one in page["messages"] + rest["messages"]] == ids[::-1]
    assert (page["has_more"], rest["has_more"], rest["next_cursor"]) == (True, False, None)


def test_reads_of_one_instant_are_paged_without_loss(alice: Any, bob: Any, send: Any, hand: Any) -> None:
    ids = [send(alice, to="bob")["message_id"] for _ in range(5)]
    ok("inbox_ack", bob, agent_id="bob", message_ids=ids)
    seen, cursor = [], None
    for _ in range(3):
        page = ok("inbox_history", bob, agent_id="bob", limit=2, cursor=cursor)
        seen += [one["message_id"] for one in page["messages"]]
        cursor = page["next_cursor"]
    assert (seen, cursor) == (ids[::-1], None)


@pytest.mark.parametrize("cursor", ["", "50", "0", "x", "bm9uZQ", "é", 5, "a" * 5000])
def test_a_made_up_cursor_is_refused(bob: Any, cursor: Any) -> None:
    assert code("inbox_history", bob, agent_id="bob", cursor=cursor) == "VALIDATION_ERROR"


def test_a_cursor_serves_its_own_list_only(alice: Any, bob: Any, carol: Any, send: Any) -> None:
    for _ in range(2):
        ok("inbox_ack", bob, agent_id="bob", message_ids=send(alice, to="bob")["message_id"])
    cursor = ok("inbox_history", bob, agent_id="bob", limit=1)["next_cursor"]
    assert code("inbox_history", bob, agent_id="carol", cursor=cursor) == "VALIDATION_ERROR"
    assert code("inbox_history", carol, agent_id="bob", cursor=cursor) == "VALIDATION_ERROR"


def test_the_steps_of_a_delivery_are_told_to_its_sender(alice: Any, bob: Any, send: Any, hand: Any) -> None:
    send(alice, to="bob")
    for _ in range(2):
        pulled = _pull(bob)
        hand.advance(301)
    ok("inbox_ack", bob, agent_id="bob", message_ids=pulled[0]["message_id"])
    events = list(Event.objects.order_by("seq").values_list("type", "audience"))[1:]
    assert [name for name, _ in events] == ["message.delivered", "message.redelivered", "message.read"]
    assert {audience for _, audience in events} == {'["a:alice","a:bob"]'}


def test_a_parked_message_is_told_to_its_sender(alice: Any, bob: Any, send: Any, hand: Any) -> None:
    send(alice, to="bob")
    for _ in range(6):
        _pull(bob)
        hand.advance(301)
    assert Event.objects.order_by("-seq").values_list("type", flat=True)[0] == "message.parked"


def test_receipts_are_off_by_default_and_never_answered(alice: Any, bob: Any, send: Any, in_force: Any) -> None:
    ok("inbox_ack", bob, agent_id="bob", message_ids=send(alice, to="bob")["message_id"])
    assert _counts(alice) == (0, 0, 0)
    in_force(inbox_read_receipts=True)
    ok("inbox_ack", bob, agent_id="bob", message_ids=[send(alice, to="bob")["message_id"] for _ in range(2)])
    receipt = _pull(alice)[0]
    ok("inbox_ack", alice, agent_id="alice", message_ids=receipt["message_id"])
    assert '"kind":"message.read_receipt","read_by":"bob"' in receipt["body"]
    assert (_counts(alice), _counts(bob)) == ((0, 0, 1), (0, 0, 3))


def test_the_counters_equal_the_rows(alice: Any, bob: Any, send: Any, hand: Any) -> None:
    for _ in range(6):
        send(alice, to="bob")
    ok("inbox_ack", bob, agent_id="bob", message_ids=[one["message_id"] for one in _pull(bob, limit=3)][:2])
    kept = LaneCount.objects.get(agent_id="bob")
    rows = [MessageDelivery.objects.filter(recipient="bob", lane=lane).count() for lane in range(4)]
    assert [kept.unread, kept.delivered, kept.read, kept.parked] == rows


def test_an_inbox_is_the_same_from_every_workspace(alice: Any, bob: Any, send: Any, tmp_path: Any) -> None:
    send(alice, to="bob")
    send(alice, to="bob", project_root=str(tmp_path))
    assert len({one["workspace_id"] for one in _pull(bob)}) == 2


def test_a_refused_extension_repeats_little_of_its_arguments(bob: Any) -> None:
    ids = [f"{number:03}" + "x" * 100 for number in range(200)]
    reasons = error("inbox_extend", bob, agent_id="bob", message_ids=ids, extend_seconds=60)["details"]["reasons"]
    assert len(reasons) == 50
    assert max(len(message_id) for message_id in reasons) == 80
