"""Live topics of the bus: who may follow them, what a frame shows, what is read again."""

import pytest

from nexus import feed, log, targets
from pulse_project.core import db
from pulse_project.core.principals import Caller, Kind
from pulse_project.core.tail.entries import source_of
from pulse_project.core.topics import find_topic

pytestmark = pytest.mark.django_db


@pytest.fixture
def emit(workspace, alice):
    def emit(kind="thing.done", *, actor="alice", payload=None, place=workspace, **more):
        with db.write_tx():
            pending = log.emit(place.pk, kind, caller=alice, actor=actor, payload=payload or {}, **more)
        return pending.seq

    return emit


def direct(agent_id):
    return {"visibility": "private", "target": targets.parse({"strategy": "direct", "agent_id": agent_id})}


def entry(seq):
    return source_of("n").read_after(seq - 1, 1)[0]


def monitor():
    return Caller(Kind.MONITOR, "monitor")


def test_the_source_reads_rows_in_order_above_a_number(emit):
    numbers = [emit() for _ in range(3)]
    source = source_of("n")
    assert [found.seq for found in source.read_after(numbers[0], 10)] == numbers[1:]
    assert source.head() == numbers[-1]


def test_a_row_has_the_keys_of_its_workspace_and_of_those_it_concerns(emit, workspace):
    keys = entry(emit(**direct("bob"))).keys
    assert keys == {"nexus", f"ws:{workspace.workspace_id}", "agent:alice", "agent:bob"}


def test_a_very_long_agent_id_has_the_key_that_its_topic_follows(emit, make_agent):
    long = "x" * 128
    assert feed.agent_key(long) in entry(emit(actor=long)).keys


def test_an_agent_follows_its_workspace_and_itself_only(workspace, alice):
    names = (f"nexus:{workspace.workspace_id}", "agent:alice", "agent:bob", "nexus:all")
    assert [find_topic(name).authorised(alice) for name in names] == [True, True, False, False]


@pytest.mark.parametrize("name", ["nexus:" + "0" * 64, "nexus:x"])
def test_an_unknown_workspace_is_followed_by_nobody(db, operator, name):
    assert not find_topic(name).authorised(operator)


def test_an_agent_that_may_not_read_events_follows_nothing(workspace, make_agent):
    mute = make_agent("mute", bus_permissions={"events": {"read": False}})
    assert not find_topic("agent:mute").authorised(mute)
    assert not find_topic(f"nexus:{workspace.workspace_id}").authorised(mute)


def test_watchers_follow_everything(workspace, operator):
    for name in ("nexus:all", "agent:alice", f"nexus:{workspace.workspace_id}"):
        assert find_topic(name).authorised(operator)
        assert find_topic(name).authorised(monitor())


def test_an_agent_hears_what_it_may_see(emit, workspace, bob):
    topic = find_topic(f"nexus:{workspace.workspace_id}")
    assert topic.authorised(bob)
    rows = [emit(), emit(**direct("carol")), emit(**direct("bob"))]
    assert [topic.kind.visible(entry(seq), bob) for seq in rows] == [True, False, True]


def test_an_eligible_event_reaches_the_role_it_is_for(emit, workspace, alice, bob):
    topic = find_topic(f"nexus:{workspace.workspace_id}")
    assert topic.authorised(bob)
    assert topic.authorised(alice)
    seq = emit(actor="zoe", visibility="eligible", target=targets.parse({"strategy": "role", "role": "reviewer"}))
    assert [topic.kind.visible(entry(seq), caller) for caller in (bob, alice)] == [True, False]


def test_a_frame_names_what_happened_and_shows_no_text(emit):
    seq = emit("message.created", payload={"message_id": "msg1", "subject": "secret", "body": "secret"})
    frame = find_topic("nexus:all").kind.frame(entry(seq))
    assert frame["ref"] == {"kind": "message", "id": "msg1"}
    assert frame["data"]["event_id"] == seq
    assert "secret" not in str(frame)


def test_a_topic_reads_its_own_rows_again(emit, workspace, operator, tmp_path):
    from nexus import workspaces

    other = tmp_path / "other"
    other.mkdir()
    with db.write_tx():
        elsewhere = workspaces.ensure(str(other), operator)[0]
    here, there, handoff = emit(), emit(place=elsewhere), emit(stream="handoff")
    kind = find_topic(f"nexus:{workspace.workspace_id}").kind
    assert [row.seq for row in kind.read(workspace.workspace_id, "n", (0, 100), 10)] == [here, handoff]
    assert [row.seq for row in kind.read(elsewhere.workspace_id, "n", (0, 100), 10)] == [there]


def test_an_agents_topic_reads_what_concerns_it_in_every_workspace(emit, workspace):
    emit(actor="zoe")
    mine = emit(**direct("bob"))
    kind = find_topic("agent:bob").kind
    assert [row.seq for row in kind.read("bob", "n", (0, 100), 10)] == [mine]
    assert kind.read("bob", "d", (0, 100), 10) == []
