"""Sessions: opened with a secret, kept alive, closed once, reaped by the next access."""

from hashlib import sha256

import pytest

from nexus.models import Event, Session
from pulse_project.core import clock
from tests.conftest import run

pytestmark = pytest.mark.django_db
AT = 1_800_000_000_000_000


def opened(caller, workspace, **more):
    return run("session_open", caller, agent_id=caller.name, workspace_id=workspace.workspace_id, **more)["data"]


def code_of(body):
    return body["error"]["code"]


def event_types():
    return list(Event.objects.order_by("seq").values_list("type", flat=True))


def test_open_answers_the_session_and_its_secret(alice, workspace):
    data = opened(alice, workspace)
    assert data["session_id"].startswith("ses")
    assert data["status"] == "active"
    assert Session.objects.get().secret_hash == sha256(data["session_secret"].encode()).hexdigest()


def test_open_tells_the_log_without_the_secret(alice, workspace):
    secret = opened(alice, workspace)["session_secret"]
    event = Event.objects.get()
    assert event.type == "session.opened"
    assert secret not in event.payload


@pytest.mark.parametrize("workspace_id", [None, ""])
def test_open_without_a_workspace_is_refused(alice, workspace_id):
    body = run("session_open", alice, agent_id="alice", workspace_id=workspace_id)
    assert code_of(body) == "WORKSPACE_REQUIRED"


def test_a_missing_workspace_is_reported_before_a_missing_agent(alice):
    assert code_of(run("session_open", alice)) == "WORKSPACE_REQUIRED"


def test_open_in_an_unknown_workspace_is_not_found(alice):
    assert code_of(run("session_open", alice, agent_id="alice", workspace_id="0" * 64)) == "NOT_FOUND"


def test_open_for_an_unknown_agent_is_not_found_and_leaves_no_row(alice, workspace):
    body = run("session_open", alice, agent_id="ghost", workspace_id=workspace.workspace_id)
    assert code_of(body) == "NOT_FOUND"
    assert not Session.objects.exists()


def test_metadata_over_the_inline_limit_is_too_large(alice, workspace):
    body = run("session_open", alice, agent_id="alice", workspace_id=workspace.workspace_id, metadata="x" * 70_000)
    assert code_of(body) == "CONTENT_TOO_LARGE"


def test_metadata_comes_back_as_given(alice, workspace):
    opened(alice, workspace, metadata='{"a":1}')
    assert Session.objects.get().metadata == '{"a":1}'


def test_a_heartbeat_moves_the_time_and_tells_the_log(alice, workspace):
    with clock.frozen_at(AT) as hand:
        session_id = opened(alice, workspace)["session_id"]
        hand.advance(120)
        data = run("session_heartbeat", alice, session_id=session_id)["data"]
    assert data == {"session_id": session_id, "status": "active", "last_heartbeat_at": clock.iso(AT + 120_000_000)}
    assert event_types() == ["session.opened", "session.heartbeat"]


def test_a_heartbeat_on_a_closed_session_reports_closed_and_changes_nothing(alice, workspace):
    session_id = opened(alice, workspace)["session_id"]
    run("session_close", alice, session_id=session_id)
    assert run("session_heartbeat", alice, session_id=session_id)["data"]["status"] == "closed"
    assert event_types() == ["session.opened", "session.closed"]


def test_a_second_close_keeps_the_first_time(alice, workspace):
    with clock.frozen_at(AT) as hand:
        session_id = opened(alice, workspace)["session_id"]
        first = run("session_close", alice, session_id=session_id)["data"]
        hand.advance(60)
        second = run("session_close", alice, session_id=session_id)["data"]
    assert first == second
    assert event_types().count("session.closed") == 1


@pytest.mark.parametrize("name", ["session_heartbeat", "session_close"])
def test_another_workspace_is_a_mismatch(alice, workspace, name):
    session_id = opened(alice, workspace)["session_id"]
    assert code_of(run(name, alice, session_id=session_id, workspace_id="0" * 64)) == "WORKSPACE_MISMATCH"


@pytest.mark.parametrize("name", ["session_heartbeat", "session_close"])
def test_an_unknown_session_is_not_found(alice, name):
    assert code_of(run(name, alice, session_id="ses-none")) == "NOT_FOUND"


def test_a_session_silent_for_a_day_is_reaped_by_the_next_open(alice, bob, workspace):
    with clock.frozen_at(AT) as hand:
        opened(alice, workspace)
        hand.advance(86_401)
        opened(bob, workspace)
    assert Session.objects.get(agent__agent_id="alice").close_reason == "stale"
    assert event_types() == ["session.opened", "session.opened", "session.reaped"]


def test_a_late_heartbeat_saves_its_own_session_from_the_reaper(alice, workspace):
    with clock.frozen_at(AT) as hand:
        session_id = opened(alice, workspace)["session_id"]
        hand.advance(86_401)
        assert run("session_heartbeat", alice, session_id=session_id)["data"]["status"] == "active"


def test_strict_trust_opens_no_session_for_another_agent(alice, bob, workspace, strict):
    body = run("session_open", bob, agent_id="alice", workspace_id=workspace.workspace_id)
    assert code_of(body) == "NOT_OWNER"


def test_strict_trust_keeps_others_from_closing_a_session(alice, bob, workspace, strict):
    session_id = opened(alice, workspace)["session_id"]
    assert code_of(run("session_close", bob, session_id=session_id)) == "NOT_OWNER"
