"""Leases of claims: when they lapse, who notices, what a late claimant may still do."""

import json

import pytest

from nexus import grace, leases
from nexus.models import Audience, Event, Handoff
from pulse_project.core import clock
from pulse_project.core.errors import Code, Failure
from tests.conftest import run

pytestmark = pytest.mark.django_db
AT = 1_800_000_000_000_000
LEASE = 300


@pytest.fixture
def hand():
    with clock.frozen_at(AT) as hand:
        yield hand


@pytest.fixture
def act(alice, bob, project):
    callers = {"alice": alice, "bob": bob}

    def act(verb, agent_id, handoff_id, **more):
        return run(
            f"handoff_{verb}", callers[agent_id], project_root=project, handoff_id=handoff_id, agent_id=agent_id, **more
        )

    return act


@pytest.fixture
def claimed(hand, alice, act, project):
    """A handoff of alice that bob has claimed at AT."""
    target = {"strategy": "capability", "capability": "py"}
    made = run(
        "handoff_create", alice, project_root=project, from_agent_id="alice", target=target, visibility="eligible"
    )["data"]
    act("claim", "bob", made["handoff_id"])
    return made["handoff_id"]


def code_of(body):
    return body["error"]["code"]


@pytest.mark.parametrize(("age", "status"), [(LEASE, "CLAIMED"), (LEASE + 0.000001, "OPEN")])
def test_a_lease_lapses_strictly_after_its_end(hand, claimed, act, age, status):
    hand.advance(age)
    assert act("get", "alice", claimed)["data"]["status"] == status


def test_a_read_that_finds_a_lapsed_claim_returns_it_to_the_pool(hand, claimed, act):
    hand.advance(LEASE + 1)
    act("get", "alice", claimed)
    row = Handoff.objects.get()
    assert (row.status, row.claimed_by, row.lease_us) == ("OPEN", None, None)
    assert Audience.objects.filter(stream=9).count() == 1


def test_a_lapse_is_an_event_with_the_former_claimant(hand, claimed, act):
    hand.advance(LEASE + 1)
    act("get", "alice", claimed)
    payload = json.loads(Event.objects.get(type="handoff.expired").payload)
    assert (payload["handoff_id"], payload["claimed_by"], payload["status"]) == (claimed, "bob", "OPEN")


def test_a_read_writes_nothing_while_leases_hold(claimed, act):
    before = Event.objects.count()
    act("get", "alice", claimed)
    assert Event.objects.count() == before


def test_another_agent_claims_what_has_lapsed_with_a_higher_epoch(hand, claimed, act):
    hand.advance(LEASE + 1)
    assert act("claim", "alice", claimed)["data"]["claim_epoch"] == 2


def test_a_lapsed_claim_that_nobody_reopened_is_completed(hand, claimed, act):
    hand.advance(LEASE + 1)
    assert act("complete", "bob", claimed)["data"]["status"] == "COMPLETED"


def test_a_claim_that_was_given_away_is_not_completed(hand, claimed, act):
    hand.advance(LEASE + 1)
    act("claim", "alice", claimed)
    assert code_of(act("complete", "bob", claimed)) == "NOT_OWNER"


@pytest.mark.parametrize("verb", ["complete", "reject"])
def test_the_epoch_of_an_older_claim_of_the_same_agent_is_refused(hand, claimed, act, verb):
    hand.advance(LEASE + 1)
    act("claim", "bob", claimed)
    refused = act(verb, "bob", claimed, claim_epoch=1)
    assert code_of(refused) == "NOT_OWNER"
    assert refused["error"]["details"]["claim_epoch"] == 2


def test_the_epoch_of_the_current_claim_is_accepted(claimed, act):
    assert act("complete", "bob", claimed, claim_epoch=1)["ok"]


def test_the_creator_cancels_after_the_lapse(hand, claimed, act):
    hand.advance(LEASE + 1)
    assert act("cancel", "alice", claimed)["data"]["status"] == "CANCELLED"


def test_a_night_of_sleep_lets_the_claim_stand_for_one_more_lease(hand, claimed, act):
    hand.advance(8 * 3600)
    grace.watch.record(grace.Jump(AT, clock.now_us()))
    assert act("get", "alice", claimed)["data"]["status"] == "CLAIMED"
    hand.advance(LEASE + 1)
    assert act("get", "alice", claimed)["data"]["status"] == "OPEN"


def test_a_store_that_takes_no_writes_still_shows_the_lapsed_claim_as_open(hand, claimed, act, monkeypatch):
    def full(*_args, **_more):
        raise Failure(Code.DB_ERROR, "The disk is full.", reason="storage_full")

    hand.advance(LEASE + 1)
    monkeypatch.setattr(leases, "expire", full)
    shown = act("get", "alice", claimed)["data"]
    assert (shown["status"], shown["claimed_by"], shown["lease_expires_at"]) == ("OPEN", None, None)
    assert Handoff.objects.get().status == "CLAIMED"
