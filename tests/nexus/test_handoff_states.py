"""Every pair of the handoff's state machine."""

import itertools

import pytest

from nexus.handoff_states import (
    TERMINAL,
    TRANSITIONS,
    Status,
    Verb,
    check_cancel,
    check_complete,
    check_reject,
    next_status,
)
from pulse_project.core.errors import Code, Failure

ALLOWED = {
    ("OPEN", "claim"): "CLAIMED",
    ("OPEN", "reject"): "REJECTED",
    ("OPEN", "cancel"): "CANCELLED",
    ("CLAIMED", "complete"): "COMPLETED",
    ("CLAIMED", "reject"): "REJECTED",
    ("CLAIMED", "expire"): "OPEN",
}
EVERY_PAIR = list(itertools.product(Status, Verb))


@pytest.mark.parametrize(("status", "verb"), [pair for pair in EVERY_PAIR if (pair[0].value, pair[1].value) in ALLOWED])
def test_an_allowed_verb_leads_to_its_state(status, verb):
    assert next_status(status, verb) == ALLOWED[status.value, verb.value]


@pytest.mark.parametrize(
    ("status", "verb"), [pair for pair in EVERY_PAIR if (pair[0].value, pair[1].value) not in ALLOWED]
)
def test_every_other_verb_is_an_invalid_transition(status, verb):
    with pytest.raises(Failure) as caught:
        next_status(status, verb)
    assert caught.value.code is Code.INVALID_TRANSITION
    assert caught.value.details["status"] == status.value


def test_nothing_leaves_a_terminal_state():
    assert not [pair for pair in TRANSITIONS if pair[0] in TERMINAL]


def test_complete_by_another_agent_is_not_owner():
    with pytest.raises(Failure) as caught:
        check_complete(status=Status.CLAIMED, claimed_by="bob", agent_id="eve")
    assert caught.value.code is Code.NOT_OWNER


def test_complete_of_an_open_handoff_names_the_state_before_the_owner():
    with pytest.raises(Failure) as caught:
        check_complete(status=Status.OPEN, claimed_by=None, agent_id="eve")
    assert caught.value.code is Code.INVALID_TRANSITION


@pytest.mark.parametrize(
    ("status", "claimed_by", "direct", "agent"),
    [(Status.OPEN, None, "bob", "bob"), (Status.CLAIMED, "carol", "bob", "carol")],
)
def test_reject_is_for_the_holder_or_the_open_direct_target(status, claimed_by, direct, agent):
    after = check_reject(status=status, claimed_by=claimed_by, direct_target=direct, agent_id=agent)
    assert after is Status.REJECTED


@pytest.mark.parametrize(
    ("status", "claimed_by", "direct", "code"),
    [
        (Status.OPEN, None, None, Code.NOT_OWNER),
        (Status.CLAIMED, "carol", "bob", Code.NOT_OWNER),
        (Status.REJECTED, None, "bob", Code.INVALID_TRANSITION),
    ],
)
def test_reject_by_anyone_else_is_refused(status, claimed_by, direct, code):
    with pytest.raises(Failure) as caught:
        check_reject(status=status, claimed_by=claimed_by, direct_target=direct, agent_id="bob")
    assert caught.value.code is code


@pytest.mark.parametrize("status", list(Status))
def test_cancel_by_a_stranger_is_not_owner_in_every_state(status):
    with pytest.raises(Failure) as caught:
        check_cancel(status=status, creator="alice", agent_id="bob")
    assert caught.value.code is Code.NOT_OWNER
