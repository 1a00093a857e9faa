"""Agents, sessions and workspaces: who is there, who was seen, and what of it others may rely on."""

from typing import Any

import pytest

from pulse_project.core import presence
from tests.nexus.calls import code, ok

pytestmark = pytest.mark.django_db

STAMPING = [
    "agent_register", "session_open", "session_heartbeat", "session_close", "message_create", "inbox_pull",
    "inbox_ack", "handoff_create", "handoff_claim", "handoff_complete", "handoff_reject", "event_get", "event_wait",
]  # fmt: skip


@pytest.mark.parametrize("name", STAMPING)
def test_acting_is_seen(name: str, valid: Any, bob: Any) -> None:
    presence.forget()
    ok(name, bob, **valid[name])
    assert presence.last_seen_us("bob") is not None
    assert ok("agent_get", bob, agent_id="bob")["last_seen_at"] is not None


@pytest.mark.parametrize("name", ["agent_get", "inbox_peek", "inbox_count", "inbox_history", "event_cursor"])
def test_looking_at_another_agent_does_not_make_it_seen(name: str, valid: Any, alice: Any) -> None:
    presence.forget()
    ok(name, alice, **valid[name])
    assert presence.last_seen_us("bob") is None


def test_a_refused_call_is_no_sign_of_life(valid: Any, bob: Any) -> None:
    presence.forget()
    code("handoff_claim", bob, **{**valid["handoff_claim"], "handoff_id": "hof-none"})
    assert presence.last_seen_us("bob") is None


def test_agents_are_listed_in_the_order_of_their_coming(alice: Any, bob: Any) -> None:
    for agent_id in ("zoe", "adam"):
        ok("agent_register", alice, agent_id=agent_id)
    agents = ok("agent_list", alice)["agents"]
    assert [agent["agent_id"] for agent in agents] == ["alice", "bob", "zoe", "adam"]


def test_registering_again_keeps_the_id_and_the_birthday(alice: Any) -> None:
    first, again = (ok("agent_register", alice, agent_id="zoe", role=role) for role in ("a", "b"))
    assert (first["created_at"], first["role"], again["role"]) == (again["created_at"], "a", "b")
    assert again["updated_at"] > first["updated_at"]


@pytest.mark.parametrize(
    ("capabilities", "found"),
    [
        (["ocr", "ocr", "py"], {"ocr", "py"}), ("ocr", {"ocr"}), ({"ocr": True, "py": 0, "x": "yes"}, {"ocr", "x"}),
        (["", " ", "ocr"], {"ocr"}), ({"": True}, set()), ([], set()), ({}, set()), (None, set()),
        (["OCR", "ocr"], {"OCR", "ocr"}),
    ],
)  # fmt: skip
def test_the_advertised_set_is_the_addressable_set(capabilities: Any, found: set[str], alice: Any, send: Any) -> None:
    ok("agent_register", alice, agent_id="zoe", capabilities=capabilities)
    listed = ok("capability_list", alice)["capabilities"]
    mine = {entry["capability"] for entry in listed if "zoe" in entry["agents"]}
    reached = {name for name in ("ocr", "OCR", "py", "x", " ") if "zoe" in _reached(send, alice, name)}
    assert mine == found == reached


def _reached(send: Any, caller: Any, capability: str) -> Any:
    if not capability.strip():
        return []
    return send(caller, target={"strategy": "capability", "capability": capability})["recipients"]


def test_capabilities_are_sorted_with_their_holders(alice: Any, bob: Any) -> None:
    listed = ok("capability_list", alice)["capabilities"]
    assert listed == [
        {"capability": "ocr", "agent_count": 1, "agents": ["alice"]},
        {"capability": "py", "agent_count": 2, "agents": ["alice", "bob"]},
    ]


@pytest.mark.parametrize(("silent", "status"), [(60, "active"), (60.000001, "stale"), (90_000, "stale")])
def test_a_silent_session_reads_stale_and_stays_open(
    silent: float, status: str, bob: Any, open_session: Any, hand: Any
) -> None:
    from nexus.models import Session
    from nexus.presence_windows import derived_status

    open_session(bob)
    hand.advance(silent)
    row = Session.objects.get()
    assert (row.status, derived_status(row.status, row.last_heartbeat_us).value) == ("active", status)


@pytest.mark.parametrize(("silent", "hears"), [(1800, True), (1800.000001, False)])
def test_presence_ends_after_its_window(
    silent: float, hears: bool, alice: Any, bob: Any, open_session: Any, send: Any, hand: Any
) -> None:
    open_session(bob)
    hand.advance(silent)
    sent = send(alice)
    assert ("bob" in sent["recipients"], "bob" in sent.get("excluded_stale", [])) == (hears, not hears)


def test_one_fresh_session_keeps_an_agent_present(
    alice: Any, bob: Any, open_session: Any, send: Any, hand: Any
) -> None:
    open_session(bob)
    hand.advance(5000)
    open_session(bob)
    sent = send(alice)
    assert sent["recipients"] == ["bob"]
    assert "excluded_stale" not in sent


def test_a_closed_session_is_neither_present_nor_silent(
    alice: Any, bob: Any, open_session: Any, send: Any, hand: Any
) -> None:
    ok("session_close", bob, session_id=open_session(bob)["session_id"])
    hand.advance(5000)
    sent = send(alice)
    assert sent["recipients"] == []
    assert "excluded_stale" not in sent


@pytest.mark.parametrize(("silent", "left"), [(86_400, 2), (86_400.000001, 1)])
def test_the_next_access_closes_what_was_silent_for_a_day(
    silent: float, left: int, bob: Any, carol: Any, open_session: Any, hand: Any
) -> None:
    from nexus.models import Session

    open_session(bob)
    hand.advance(silent)
    open_session(carol)
    assert Session.objects.filter(closed_us__isnull=True).count() == left


def test_a_session_that_beats_is_not_reaped_by_its_own_late_beat(bob: Any, open_session: Any, hand: Any) -> None:
    session_id = open_session(bob)["session_id"]
    hand.advance(200_000)
    assert ok("session_heartbeat", bob, session_id=session_id)["status"] == "active"


def test_closing_twice_keeps_the_first_time(bob: Any, open_session: Any, hand: Any) -> None:
    session_id = open_session(bob)["session_id"]
    first = ok("session_close", bob, session_id=session_id)
    hand.advance(10)
    assert ok("session_close", bob, session_id=session_id) == first


ORDER = [
    ({"agent_id": "", "workspace_id": None}, "WORKSPACE_REQUIRED"),
    ({"agent_id": "", "workspace_id": "f" * 64}, "VALIDATION_ERROR"),
    ({"metadata": "x" * 70_000, "workspace_id": "f" * 64}, "CONTENT_TOO_LARGE"),
    ({"workspace_id": "f" * 64}, "NOT_FOUND"),
    ({"agent_id": "ghost"}, "NOT_FOUND"),
]


@pytest.mark.parametrize(("over", "expected"), ORDER)
def test_the_problems_of_a_new_session_have_an_order(over: Any, expected: str, valid: Any, bob: Any) -> None:
    from nexus.models import Session

    before = Session.objects.count()
    assert code("session_open", bob, **{**valid["session_open"], **over}) == expected
    assert Session.objects.count() == before


def test_a_session_id_and_a_secret_are_of_the_published_kind(bob: Any, open_session: Any) -> None:
    import uuid

    opened = open_session(bob)
    assert opened["session_id"].startswith("ses")
    assert uuid.UUID(opened["session_secret"]).version == 4


@pytest.mark.parametrize(
    ("name", "key", "prefix"),
    [
        ("message_create", "message_id", "msg"),
        ("handoff_create", "handoff_id", "hof"),
        ("artifact_put", "artifact_id", "art"),
    ],
)
def test_an_id_tells_what_it_names(name: str, key: str, prefix: str, valid: Any, bob: Any) -> None:
    assert ok(name, bob, **valid[name])[key].startswith(prefix)


def test_a_workspace_keeps_its_name_until_it_is_given_another(project: str, bob: Any) -> None:
    names = [
        ok("workspace_resolve", bob, project_root=project, **over)["display_name"]
        for over in ({}, {"display_name": "One"}, {}, {"display_name": None}, {"display_name": "Two"})
    ]
    assert names == [None, "One", "One", "One", "Two"]


def test_versions_are_plain_values(bob: Any) -> None:
    info = ok("nexus_info", bob)
    assert {type(info[name]) for name in ("schema_version", "surface_revision")} == {int}
    assert isinstance(info["package_version"], str)
