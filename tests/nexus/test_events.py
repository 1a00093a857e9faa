"""Reads of the event log: pages, filters, visibility, cursors, order of refusals."""

import pytest

from nexus import event_reads, log, targets
from pulse_project.core import db
from pulse_project.core.models import LogCounter
from tests.conftest import run

pytestmark = pytest.mark.django_db
TO_BOB = {"strategy": "direct", "agent_id": "bob"}


@pytest.fixture
def emit(workspace, alice):
    """`emit("a.b", actor="alice", ...)` writes one event and answers its number."""

    def emit(kind="thing.done", *, actor="alice", caller=alice, **more):
        with db.write_tx():
            pending = log.emit(workspace.pk, kind, caller=caller, actor=actor, payload=more.pop("payload", {}), **more)
        return pending.seq

    return emit


@pytest.fixture
def get(project, alice, bob):
    def get(agent="bob", stream="workspace", **more):
        caller = {"alice": alice, "bob": bob}[agent]
        return run("event_get", caller, project_root=project, agent_id=agent, stream=stream, **more)

    return get


def ids(body):
    return [event["event_id"] for event in body["data"]["events"]]


def code_of(body):
    return body["error"]["code"]


def private_to(agent_id):
    return {"visibility": "private", "target": targets.parse({"strategy": "direct", "agent_id": agent_id})}


def test_a_page_holds_the_events_above_the_cursor_in_order(emit, get):
    first, second, third = emit(), emit(), emit()
    body = get(cursor=first)
    assert ids(body) == [second, third]
    assert body["data"]["next_cursor"] == third


def test_an_event_has_the_published_fields(emit, get):
    emit("a.b", payload={"x": "1"})
    event = get()["data"]["events"][0]
    assert set(event) >= {
        "event_id", "workspace_id", "stream", "type", "payload", "actor_agent_id", "task_id", "handoff_id",
        "created_at",
    }  # fmt: skip
    assert event["payload"] == {"x": "1"}


def test_a_summary_leaves_the_payload_out(emit, get):
    emit(payload={"x": 1})
    assert "payload" not in get(detail="summary")["data"]["events"][0]


def test_an_event_in_somebody_elses_name_is_not_verified(emit, get, bob):
    emit()
    emit(caller=bob)
    assert [event["actor_verified"] for event in get()["data"]["events"]] == [True, False]


def test_a_full_page_has_more_and_the_next_one_goes_on(emit, get):
    numbers = [emit() for _ in range(5)]
    first = get(limit=2)["data"]
    assert first["has_more"] is True
    assert first["next_cursor"] == numbers[1]
    assert ids(get(limit=9, cursor=first["next_cursor"])) == numbers[2:]


def test_a_page_that_fits_exactly_has_no_more(emit, get):
    numbers = [emit() for _ in range(2)]
    assert get(limit=2)["data"] | {"events": []} == {
        "events": [], "next_cursor": numbers[-1], "has_more": False, "timed_out": False,
    }  # fmt: skip


def test_invisible_events_are_left_out_and_the_cursor_passes_them(emit, get):
    seen = emit()
    hidden = emit(**private_to("carol"))
    body = get()
    assert ids(body) == [seen]
    assert body["data"]["next_cursor"] == hidden


def test_an_actor_always_sees_its_own_event(emit, get):
    hidden = emit(**private_to("carol"))
    assert ids(get("alice")) == [hidden]


def test_a_target_sees_what_is_private_to_it(emit, get):
    assert ids(get()) == [] != [emit(**private_to("bob"))] == ids(get())


@pytest.mark.parametrize(
    ("target", "sees"),
    [
        ({"strategy": "role", "role": "reviewer"}, True), ({"strategy": "role", "role": "Reviewer"}, False),
        ({"strategy": "capability", "capability": ["x", "py"]}, True),
        ({"strategy": "capability", "capability": "ocr"}, False),
        ({"strategy": "broadcast"}, True),
        ({"strategy": "mixed", "rules": [{"strategy": "role", "role": "x"}, TO_BOB]}, True),
    ],
)  # fmt: skip
def test_eligible_events_follow_the_target(emit, get, target, sees):
    emit(visibility="eligible", target=targets.parse(target))
    assert bool(ids(get())) is sees


def test_streams_are_apart(emit, get):
    emit()
    handoff = emit(stream="handoff")
    assert ids(get(stream="handoff")) == [handoff]
    assert ids(get(stream="agent")) == []


def test_workspaces_are_apart(emit, get, bob, tmp_path):
    emit()
    other = tmp_path / "other"
    other.mkdir()
    body = run("event_get", bob, project_root=str(other), agent_id="bob", stream="workspace")
    assert body["data"] == {"events": [], "next_cursor": 0, "has_more": False, "timed_out": False}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"type": "a"}, [0, 2]), ({"agent_id": "bob"}, [2]), ({"type": "a", "agent_id": "alice"}, [0]),
        ({"handoff_id": "h1"}, [1]), ({"task_id": "t1"}, [3]), ('{"type": "b"}', [1]), ({"type": "none"}, []),
        ({"handoff_id": "h1", "type": "a"}, []), ({}, [0, 1, 2, 3]),
    ],
)  # fmt: skip
def test_filters_are_equalities_combined_with_and(emit, get, filters, expected):
    numbers = [emit("a"), emit("b", handoff="h1"), emit("a", actor="bob"), emit("c", task="t1")]
    assert ids(get(filters=filters)) == [numbers[place] for place in expected]


def test_a_filter_shows_nothing_invisible(emit, get):
    emit("a", handoff="h1", **private_to("carol"))
    assert ids(get(filters={"handoff_id": "h1"})) == ids(get(filters={"type": "a"})) == []


def test_a_filter_that_meets_too_much_ends_the_page_early_and_goes_on(emit, get, monkeypatch):
    monkeypatch.setattr(event_reads, "CHUNK", 2)
    monkeypatch.setattr(event_reads, "MAX_CHUNKS", 2)
    numbers = [emit("b" if place % 2 else "a", actor="bob") for place in range(9)] + [emit("a")]
    found, cursor = [], 0
    while page := get(filters={"type": "a", "agent_id": "alice"}, cursor=cursor)["data"]:
        found += [event["event_id"] for event in page["events"]]
        cursor = page["next_cursor"]
        if not page["has_more"]:
            break
    assert found == [numbers[9]]
    assert cursor == numbers[9]


def test_a_cursor_above_the_log_is_refused_with_its_head(emit, get):
    head = emit()
    body = get(cursor=head + 1)
    assert code_of(body) == "VALIDATION_ERROR"
    assert body["error"]["details"]["head"] == head


def test_a_cursor_past_this_workspace_but_inside_the_log_is_kept(emit, get):
    emit()
    LogCounter.objects.filter(name="nexus").update(head=100)
    assert get(cursor=90)["data"]["next_cursor"] == 90


@pytest.mark.parametrize(
    "more",
    [
        {"cursor": -1}, {"cursor": True}, {"cursor": "1"}, {"cursor": 1.5}, {"limit": 0}, {"limit": True},
        {"limit": "5"},
        {"filters": []}, {"filters": {"x": "y"}}, {"filters": "nope"}, {"filters": {"type": 1}}, {"detail": "some"},
        {"surprise": 1},
    ],
)  # fmt: skip
def test_wrong_arguments_are_validation_errors(get, workspace, more):
    assert code_of(get(**more)) == "VALIDATION_ERROR"


def test_a_limit_above_the_ceiling_is_cut_to_it(emit, get):
    emit()
    assert get(limit=10**6)["ok"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({}, "WORKSPACE_REQUIRED"),
        ({"project_root": "", "stream": "x", "cursor": -1}, "WORKSPACE_REQUIRED"),
        ({"project_root": "/none", "stream": "task", "cursor": -1}, "INVALID_STREAM"),
        ({"project_root": "/none"}, "INVALID_STREAM"),
        ({"project_root": "/none", "stream": "agent", "agent_id": "bob", "cursor": -1}, "VALIDATION_ERROR"),
        ({"project_root": "/none", "stream": "agent"}, "VALIDATION_ERROR"),
        ({"project_root": "/none", "stream": "agent", "agent_id": "bob"}, "WORKSPACE_UNRESOLVED"),
    ],
)
@pytest.mark.parametrize("name", ["event_get", "event_wait"])
def test_refusals_come_in_the_documented_order(bob, name, arguments, code):
    assert code_of(run(name, bob, **arguments)) == code


def test_the_cursor_of_a_stream_is_its_end_seen_or_not(emit, project, bob):
    emit()
    hidden = emit(**private_to("carol"))
    body = run("event_cursor", bob, project_root=project, agent_id="bob", stream="workspace")
    assert body["data"] == {"cursor": hidden}


def test_strict_trust_reads_only_as_the_own_agent(project, alice, workspace, strict):
    body = run("event_get", alice, project_root=project, agent_id="bob", stream="workspace")
    assert code_of(body) == "NOT_OWNER"


def test_reading_needs_its_flag(project, make_agent, workspace):
    mute = make_agent("mute", bus_permissions={"events": {"read": False}})
    body = run("event_get", mute, project_root=project, agent_id="mute", stream="workspace")
    assert body["error"]["details"]["required_permission"] == "events.read"
