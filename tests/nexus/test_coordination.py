"""What stands still is found and named, and nothing is changed by looking."""

import pytest

from nexus.models import Handoff, LaneCount
from pulse_project.core import clock, presence
from tests.conftest import run

pytestmark = pytest.mark.django_db
AT = 1_800_000_000_000_000
POOL = {"strategy": "capability", "capability": "py"}
PARTS = ("open_too_long", "expired_leases", "nobody_eligible", "silent_agents", "parked_messages")


@pytest.fixture
def hand():
    with clock.frozen_at(AT) as hand:
        yield hand


@pytest.fixture
def look(hand, bob, project):
    return lambda **more: run("coordination_health", bob, project_root=project, agent_id="bob", **more)["data"]


@pytest.fixture
def offer(hand, alice, project):
    def offer(target=POOL, visibility="public"):
        return run(
            "handoff_create", alice, project_root=project, from_agent_id="alice", target=target, visibility=visibility
        )["data"]["handoff_id"]

    return offer


def counts(health):
    return {part: health[part]["count"] for part in PARTS if health[part]["count"]}


def test_a_quiet_workspace_is_healthy(look):
    health = look()
    assert health["healthy"] is True
    assert counts(health) == {}


def test_a_handoff_open_for_too_long_is_stuck(look, offer, hand):
    handoff_id = offer()
    assert look()["healthy"] is True
    hand.advance(901)
    stuck = look()["open_too_long"]
    assert stuck["items"] == [
        {"handoff_id": handoff_id, "from_agent_id": "alice", "claimed_by": None, "age_seconds": 901}
    ]


def test_a_lapsed_claim_is_found_and_left_as_it_is(look, offer, hand, alice, project):
    run("handoff_claim", alice, project_root=project, handoff_id=offer(), agent_id="alice")
    hand.advance(301)
    assert counts(look()) == {"expired_leases": 1}
    assert Handoff.objects.get().status == "CLAIMED"


def test_work_that_nobody_may_take_is_found(look, offer):
    offer({"strategy": "role", "role": "nobody"})
    assert counts(look()) == {"nobody_eligible": 1}


def test_a_private_handoff_is_counted_but_not_named(look, offer, hand):
    offer({"strategy": "direct", "agent_id": "alice"}, "private")
    hand.advance(901)
    stuck = look()["open_too_long"]
    assert (stuck["count"], stuck["items"]) == (1, [])


def test_an_agent_with_waiting_messages_that_is_not_seen_is_silent(look, bob):
    LaneCount.objects.create(agent_id="bob", unread=2, delivered=1)
    assert look()["silent_agents"]["items"] == [
        {"agent_id": "bob", "unread": 2, "in_flight": 1, "parked": 0, "last_seen_at": None}
    ]


def test_an_agent_that_was_just_seen_is_not_silent(look, bob, hand):
    LaneCount.objects.create(agent_id="bob", unread=2)
    presence.touch("bob")
    assert look()["healthy"] is True
    hand.advance(1801)
    assert counts(look()) == {"silent_agents": 1}


def test_a_heartbeat_counts_as_seen(look, alice, workspace, hand):
    LaneCount.objects.create(agent_id="alice", unread=1)
    run("session_open", alice, agent_id="alice", workspace_id=workspace.workspace_id)
    presence.forget()
    assert look()["healthy"] is True


def test_parked_messages_are_found(look, bob):
    LaneCount.objects.create(agent_id="bob", parked=3)
    assert counts(look()) == {"parked_messages": 1}
