"""Handoffs from creation to outcome."""

import json

import pytest

from nexus.models import Audience, Event, Handoff, Message, WorkspaceCount
from pulse_project.core import clock
from tests.conftest import run

pytestmark = pytest.mark.django_db
AT = 1_800_000_000_000_000
POOL = {"strategy": "capability", "capability": "py"}
TO_BOB = {"strategy": "direct", "agent_id": "bob"}


def code_of(body):
    assert body["ok"] is False, body
    return body["error"]["code"]


@pytest.fixture
def team(alice, bob, make_agent):
    """alice and bob know py, carol knows nothing."""
    return {"alice": alice, "bob": bob, "carol": make_agent("carol")}


@pytest.fixture
def act(team, project):
    """`act("handoff_claim", "bob", handoff_id=...)` as that agent."""

    def act(name, agent_id, **arguments):
        who = {"from_agent_id": agent_id} if name == "handoff_create" else {"agent_id": agent_id}
        return run(name, team[agent_id], project_root=project, **who, **arguments)

    return act


@pytest.fixture
def create(act):
    def create(agent_id="alice", target=POOL, visibility="public", **more):
        return act("handoff_create", agent_id, target=target, visibility=visibility, **more)["data"]

    return create


def handoff_types():
    return list(Event.objects.filter(type__startswith="handoff.").order_by("seq").values_list("type", flat=True))


def notices_of(recipient):
    rows = Message.objects.filter(deliveries__recipient=recipient).order_by("id")
    return [json.loads(body) for body in rows.values_list("body", flat=True)]


def test_create_answers_an_open_handoff_and_counts_who_may_claim(create):
    data = create()
    assert data["status"] == "OPEN"
    assert data["eligible_count"] == 2
    assert "warning" not in data


def test_create_resolves_a_directory_that_nobody_resolved_before(create, project):
    assert len(create()["workspace_id"]) == 64


def test_a_pool_without_members_is_created_with_a_warning(create):
    data = create(target={"strategy": "role", "role": "nobody"})
    assert data["eligible_count"] == 0
    assert data["warning"]


def test_a_direct_target_gets_a_notice_in_its_inbox(create):
    data = create(target=TO_BOB, payload="do it")
    assert data["notified"] == ["bob"]
    assert notices_of("bob")[0] == {
        "kind": "handoff.directed", "handoff_id": data["handoff_id"], "status": "OPEN", "from_agent_id": "alice",
        "payload": "do it", "next_step": "Claim it with handoff_claim, or decline it with handoff_reject.",
    }  # fmt: skip


def test_a_direct_target_that_is_not_registered_is_not_found_and_leaves_nothing(act):
    body = act("handoff_create", "alice", target={"strategy": "direct", "agent_id": "ghost"}, visibility="public")
    assert code_of(body) == "NOT_FOUND"
    assert not Handoff.objects.exists()


def test_a_fallback_target_may_register_later(create):
    data = create(target={
        "strategy": "direct_with_fallback", "agent_id": "ghost", "fallback_after_seconds": 60, "fallback": POOL,
    })  # fmt: skip
    assert "notified" not in data
    assert data["eligible_count"] == 2


@pytest.mark.parametrize("target", [None, {}, "", {"strategy": "nope"}, {"strategy": "role"}, [], 1])
def test_create_without_a_usable_target_is_refused(act, target):
    assert code_of(act("handoff_create", "alice", target=target, visibility="public")) == "VALIDATION_ERROR"


@pytest.mark.parametrize("visibility", [None, "", "secret", "PUBLIC"])
def test_create_needs_one_of_three_visibilities(act, visibility):
    assert code_of(act("handoff_create", "alice", target=POOL, visibility=visibility)) == "VALIDATION_ERROR"


def test_create_without_a_project_is_refused_first(team):
    assert code_of(run("handoff_create", team["alice"])) == "WORKSPACE_REQUIRED"


def test_create_in_a_folder_that_does_not_exist_is_unresolved(team, tmp_path):
    body = run(
        "handoff_create", team["alice"], project_root=str(tmp_path / "none"), from_agent_id="alice", target=POOL,
        visibility="public",
    )  # fmt: skip
    assert code_of(body) == "WORKSPACE_UNRESOLVED"


@pytest.mark.parametrize(
    ("payload", "kept"),
    [
        ('{"a":1}', '{"a":1}'), ("null", "null"), (" x\n", " x\n"), ("", ""), (None, None), ({"a": 1}, '{"a":1}'),
        ([1, "ü"], '[1,"ü"]'), (0, "0"), (False, "false"),
    ],
)  # fmt: skip
def test_a_payload_comes_back_byte_for_byte_or_as_json_text(create, act, payload, kept):
    handoff_id = create(payload=payload)["handoff_id"]
    assert act("handoff_claim", "bob", handoff_id=handoff_id)["data"]["payload"] == kept


def test_a_payload_over_the_inline_limit_is_too_large(act):
    body = act("handoff_create", "alice", target=POOL, visibility="public", payload="x" * 65_537)
    assert code_of(body) == "CONTENT_TOO_LARGE"


def test_a_payload_at_the_inline_limit_is_kept(create):
    assert create(payload="x" * 65_536)["status"] == "OPEN"


def test_an_agent_has_at_most_a_thousand_open_handoffs(create, act, monkeypatch):
    monkeypatch.setattr("nexus.handoffs.MAX_OPEN_PER_AGENT", 2)
    create()
    create()
    body = act("handoff_create", "alice", target=POOL, visibility="public")
    assert code_of(body) == "RATE_LIMITED"


def test_a_claim_has_one_winner_an_epoch_and_a_lease(create, act):
    with clock.frozen_at(AT):
        handoff_id = create()["handoff_id"]
        won = act("handoff_claim", "bob", handoff_id=handoff_id)["data"]
        lost = act("handoff_claim", "alice", handoff_id=handoff_id)
    assert won["claim_epoch"] == 1
    assert won["lease_expires_at"] == clock.iso(AT + 300_000_000)
    assert code_of(lost) == "HANDOFF_ALREADY_CLAIMED"


def test_a_lost_claim_writes_no_event(create, act):
    handoff_id = create()["handoff_id"]
    act("handoff_claim", "bob", handoff_id=handoff_id)
    act("handoff_claim", "alice", handoff_id=handoff_id)
    assert handoff_types() == ["handoff.created", "handoff.claimed"]


def test_eligibility_is_checked_before_the_state(create, act):
    handoff_id = create()["handoff_id"]
    act("handoff_claim", "bob", handoff_id=handoff_id)
    assert code_of(act("handoff_claim", "carol", handoff_id=handoff_id)) == "NOT_ELIGIBLE_TO_CLAIM"


def test_a_finished_handoff_is_already_claimed_for_an_eligible_agent(create, act):
    handoff_id = create()["handoff_id"]
    act("handoff_cancel", "alice", handoff_id=handoff_id)
    assert code_of(act("handoff_claim", "bob", handoff_id=handoff_id)) == "HANDOFF_ALREADY_CLAIMED"


@pytest.mark.parametrize(
    "name", ["handoff_claim", "handoff_complete", "handoff_reject", "handoff_cancel", "handoff_get"]
)
def test_an_unknown_handoff_is_not_found(act, name):
    assert code_of(act(name, "bob", handoff_id="hof-none")) == "NOT_FOUND"


@pytest.mark.parametrize(
    "name", ["handoff_claim", "handoff_complete", "handoff_reject", "handoff_cancel", "handoff_get"]
)
def test_a_handoff_of_another_workspace_is_a_mismatch(create, team, tmp_path, name):
    handoff_id = create()["handoff_id"]
    other = tmp_path / "other"
    other.mkdir()
    body = run(name, team["bob"], project_root=str(other), handoff_id=handoff_id, agent_id="bob")
    assert code_of(body) == "WORKSPACE_MISMATCH"


def test_complete_keeps_the_result_and_tells_the_creator(create, act):
    handoff_id = create()["handoff_id"]
    act("handoff_claim", "bob", handoff_id=handoff_id)
    done = act("handoff_complete", "bob", handoff_id=handoff_id, result='{"ok": true}')["data"]
    assert done == {"handoff_id": handoff_id, "status": "COMPLETED", "notified": ["alice"]}
    assert act("handoff_get", "alice", handoff_id=handoff_id)["data"]["result"] == '{"ok": true}'
    assert notices_of("alice")[0]["kind"] == "handoff.completed"


def test_an_agent_that_completes_its_own_handoff_gets_no_notice(create, act):
    handoff_id = create()["handoff_id"]
    act("handoff_claim", "alice", handoff_id=handoff_id)
    assert "notified" not in act("handoff_complete", "alice", handoff_id=handoff_id)["data"]


def test_only_the_holder_completes(create, act):
    handoff_id = create()["handoff_id"]
    act("handoff_claim", "bob", handoff_id=handoff_id)
    assert code_of(act("handoff_complete", "alice", handoff_id=handoff_id)) == "NOT_OWNER"


@pytest.mark.parametrize("name", ["handoff_complete", "handoff_reject"])
def test_a_resolved_handoff_is_not_resolved_again(create, act, name):
    handoff_id = create()["handoff_id"]
    act("handoff_claim", "bob", handoff_id=handoff_id)
    act("handoff_complete", "bob", handoff_id=handoff_id)
    assert code_of(act(name, "bob", handoff_id=handoff_id)) == "INVALID_TRANSITION"


def test_a_direct_target_may_reject_before_claiming(create, act):
    handoff_id = create(target=TO_BOB)["handoff_id"]
    data = act("handoff_reject", "bob", handoff_id=handoff_id, reason="busy")["data"]
    assert data["notified"] == ["alice"]
    assert act("handoff_get", "alice", handoff_id=handoff_id)["data"]["rejected_reason"] == "busy"


def test_an_open_pool_handoff_is_rejected_by_nobody(create, act):
    handoff_id = create()["handoff_id"]
    assert code_of(act("handoff_reject", "bob", handoff_id=handoff_id)) == "NOT_OWNER"


def test_a_claim_is_not_cancelled_by_its_creator(create, act):
    handoff_id = create()["handoff_id"]
    act("handoff_claim", "bob", handoff_id=handoff_id)
    assert code_of(act("handoff_cancel", "alice", handoff_id=handoff_id)) == "INVALID_TRANSITION"


def test_cancel_checks_the_creator_before_the_state(create, act):
    handoff_id = create()["handoff_id"]
    act("handoff_cancel", "alice", handoff_id=handoff_id, reason="done elsewhere")
    assert code_of(act("handoff_cancel", "bob", handoff_id=handoff_id)) == "NOT_OWNER"
    assert json.loads(Event.objects.get(type="handoff.cancelled").payload)["reason"] == "done elsewhere"


def test_a_reason_is_text_and_nothing_else(create, act):
    handoff_id = create()["handoff_id"]
    assert code_of(act("handoff_cancel", "alice", handoff_id=handoff_id, reason=["x"])) == "VALIDATION_ERROR"


@pytest.mark.parametrize(
    ("visibility", "reader", "allowed"),
    [
        ("public", "carol", True), ("eligible", "carol", False), ("private", "carol", False),
        ("eligible", "bob", True), ("private", "bob", True), ("private", "alice", True),
    ],
)  # fmt: skip
def test_get_follows_the_visibility(create, act, visibility, reader, allowed):
    handoff_id = create(visibility=visibility)["handoff_id"]
    body = act("handoff_get", reader, handoff_id=handoff_id)
    assert body["ok"] is allowed
    assert allowed or code_of(body) == "NOT_OWNER"


def test_get_answers_the_published_fields(create, act):
    data = act("handoff_get", "alice", handoff_id=create(target=TO_BOB)["handoff_id"])["data"]
    assert set(data) >= {
        "handoff_id", "workspace_id", "status", "from_agent_id", "target", "visibility", "claimed_by",
        "lease_expires_at", "payload", "result", "rejected_reason", "created_at", "updated_at",
    }  # fmt: skip
    assert data["target"] == TO_BOB


def test_the_pool_index_holds_open_handoffs_only(create, act):
    handoff_id = create()["handoff_id"]
    assert Audience.objects.filter(stream=9).count() == 1
    act("handoff_claim", "bob", handoff_id=handoff_id)
    assert not Audience.objects.filter(stream=9).exists()


def test_the_counters_follow_every_transition(create, act):
    ids = [create(target=TO_BOB)["handoff_id"] for _ in range(4)]
    act("handoff_claim", "bob", handoff_id=ids[0])
    act("handoff_claim", "bob", handoff_id=ids[1])
    act("handoff_complete", "bob", handoff_id=ids[1])
    act("handoff_reject", "bob", handoff_id=ids[2])
    counts = WorkspaceCount.objects.get()
    assert (counts.open_handoffs, counts.claimed_handoffs) == (1, 1)


def test_strict_trust_wants_credentials_before_it_looks_at_arguments(create, act, strict):
    assert code_of(act("handoff_claim", "bob", handoff_id="")) == "VALIDATION_ERROR"
    body = act("handoff_claim", "bob", handoff_id="hof-none")
    assert body["error"]["details"]["reason"] == "credentials_missing"
