"""Handoffs, artifacts and shared.md: the order of refusals, who may see and who may claim, and what stays inside."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from nexus.models import Artifact, Event, Handoff
from pulse_project.core.principals import Caller, Kind
from tests.conftest import run
from tests.nexus.calls import code, error, ok

pytestmark = pytest.mark.django_db

BIG = "x" * 65_537
NOWHERE = "/nowhere"

CREATE = [
    ({"project_root": None, "target": None}, "WORKSPACE_REQUIRED"),
    ({"project_root": NOWHERE, "visibility": "hidden", "payload": BIG}, "VALIDATION_ERROR"),
    ({"project_root": NOWHERE, "target": {"strategy": "x"}, "payload": BIG}, "VALIDATION_ERROR"),
    ({"project_root": NOWHERE, "payload": BIG}, "CONTENT_TOO_LARGE"),
    ({"project_root": NOWHERE, "target": {"strategy": "direct", "agent_id": "ghost"}}, "WORKSPACE_UNRESOLVED"),
    ({"target": {"strategy": "direct", "agent_id": "ghost"}}, "NOT_FOUND"),
    ({"target": {"strategy": "direct", "agent_id": "Bob"}}, "NOT_FOUND"),
    ({"visibility": "Public"}, "VALIDATION_ERROR"),
    ({"target": "bob"}, "VALIDATION_ERROR"),
    ({"target": {"strategy": "mixed", "rules": []}}, "VALIDATION_ERROR"),
    ({"target": {"strategy": "mixed", "rules": [None]}}, "VALIDATION_ERROR"),
    ({"target": {"strategy": "mixed", "rules": [{"strategy": "broadcast"}]}}, "VALIDATION_ERROR"),
    ({"target": {"strategy": "direct_with_fallback", "agent_id": "bob"}}, "VALIDATION_ERROR"),
    ({"session_id": "ses-none"}, "NOT_FOUND"),
]  # fmt: skip


@pytest.mark.parametrize(("over", "expected"), CREATE)
def test_the_problems_of_a_new_handoff_have_an_order(over: Any, expected: str, valid: Any, bob: Any) -> None:
    before = Handoff.objects.count(), Event.objects.count()
    assert code("handoff_create", bob, **{**valid["handoff_create"], **over}) == expected
    assert (Handoff.objects.count(), Event.objects.count()) == before


VERBS = ["handoff_claim", "handoff_complete", "handoff_reject", "handoff_cancel", "handoff_get"]


@pytest.mark.parametrize("name", VERBS)
def test_the_problems_of_a_verb_have_an_order(name: str, valid: Any, alice: Any, bob: Any) -> None:
    who = alice if name == "handoff_cancel" else bob
    unknown = {**valid[name], "handoff_id": "hof-none"}
    found = [
        code(name, who, **{**unknown, "project_root": None, "agent_id": ""}),
        code(name, who, **{**unknown, "project_root": NOWHERE, "agent_id": ""}),
        code(name, who, **{**unknown, "project_root": NOWHERE}),
        code(name, who, **unknown),
    ]
    assert found == ["WORKSPACE_REQUIRED", "VALIDATION_ERROR", "WORKSPACE_UNRESOLVED", "NOT_FOUND"]


@pytest.mark.parametrize(("name", "text"), [("complete", "result"), ("reject", "reason"), ("cancel", "reason")])
def test_a_long_outcome_is_too_large_before_anything_is_looked_up(
    name: str, text: str, valid: Any, alice: Any, bob: Any
) -> None:
    tool = f"handoff_{name}"
    given = {**valid[tool], "handoff_id": "hof-none", text: BIG}
    assert code(tool, alice if name == "cancel" else bob, **given) == "CONTENT_TOO_LARGE"


def test_a_permission_is_judged_before_the_handoff_is_looked_up(valid: Any) -> None:
    unknown = {**valid["handoff_claim"], "handoff_id": "hof-none"}
    assert code("handoff_claim", Caller(Kind.AGENT, "bob"), **unknown) == "PERMISSION_DENIED"


def test_eligibility_is_judged_before_the_state(valid: Any, bob: Any, carol: Any, offer: Any, project: str) -> None:
    at = {"project_root": project, "handoff_id": offer(to="bob")["handoff_id"]}
    ok("handoff_claim", bob, **at, agent_id="bob")
    assert code("handoff_claim", carol, **at, agent_id="carol") == "NOT_ELIGIBLE_TO_CLAIM"
    assert code("handoff_claim", bob, **at, agent_id="bob") == "HANDOFF_ALREADY_CLAIMED"


def test_seeing_is_not_claiming(alice: Any, bob: Any, carol: Any, offer: Any, project: str) -> None:
    at = {"project_root": project, "handoff_id": offer(to="bob")["handoff_id"], "agent_id": "carol"}
    assert ok("handoff_get", carol, **at)["status"] == "OPEN"
    assert code("handoff_claim", carol, **at) == "NOT_ELIGIBLE_TO_CLAIM"


@pytest.mark.parametrize(
    ("verb", "who", "expected"),
    [("handoff_complete", "bob", "INVALID_TRANSITION"), ("handoff_complete", "carol", "INVALID_TRANSITION"),
     ("handoff_reject", "carol", "NOT_OWNER"), ("handoff_cancel", "bob", "NOT_OWNER")],
)  # fmt: skip
def test_an_open_handoff_refuses(
    verb: str, who: str, expected: str, request: Any, offer: Any, bob: Any, project: str
) -> None:
    at = {"project_root": project, "handoff_id": offer(to="bob")["handoff_id"], "agent_id": who}
    assert code(verb, request.getfixturevalue(who), **at) == expected


@pytest.mark.parametrize("end", ["handoff_complete", "handoff_reject", "handoff_cancel"])
def test_what_is_over_stays_over(end: str, valid: Any, alice: Any, bob: Any) -> None:
    given = valid[end]
    ok(end, alice if end == "handoff_cancel" else bob, **given)
    before = Event.objects.count()
    again = {
        verb: code(verb, who, **{**given, "agent_id": who.name})
        for verb, who in (("handoff_complete", bob), ("handoff_reject", bob), ("handoff_cancel", alice))
    }
    assert set(again.values()) == {"INVALID_TRANSITION"}
    assert Event.objects.count() == before


FALLBACK = {"strategy": "direct_with_fallback", "agent_id": "bob", "fallback_after_seconds": 60}


@pytest.mark.parametrize(("waited", "expected"), [(59.999999, "NOT_ELIGIBLE_TO_CLAIM"), (60, "CLAIMED")])
def test_a_fallback_opens_at_its_very_instant(
    waited: float, expected: str, bob: Any, carol: Any, offer: Any, project: str, hand: Any
) -> None:
    handoff_id = offer(target=FALLBACK)["handoff_id"]
    hand.advance(waited)
    body = run("handoff_claim", carol, project_root=project, agent_id="carol", handoff_id=handoff_id)
    assert (body["data"]["status"] if body["ok"] else body["error"]["code"]) == expected


def test_the_direct_agent_of_a_fallback_is_told_and_may_claim_at_once(bob: Any, offer: Any, project: str) -> None:
    made = offer(target=FALLBACK)
    assert made["notified"] == ["bob"]
    assert ok("handoff_claim", bob, project_root=project, agent_id="bob", handoff_id=made["handoff_id"])


@pytest.mark.parametrize("visibility", ["eligible", "private"])
def test_a_private_handoff_widens_to_nobody(
    visibility: str, alice: Any, bob: Any, carol: Any, offer: Any, project: str
) -> None:
    made = offer(target={"strategy": "role", "role": "reviewer"}, visibility=visibility)
    at = {"project_root": project, "handoff_id": made["handoff_id"]}
    assert code("handoff_get", carol, **at, agent_id="carol") == "NOT_OWNER"
    assert [ok("handoff_get", who, **at, agent_id=who.name)["visibility"] for who in (alice, bob)] == [visibility] * 2


def test_a_claimant_reads_its_handoff_after_it_lost_the_role(alice: Any, bob: Any, offer: Any, project: str) -> None:
    made = offer(target={"strategy": "role", "role": "reviewer"}, visibility="private")
    at = {"project_root": project, "handoff_id": made["handoff_id"], "agent_id": "bob"}
    ok("handoff_claim", bob, **at)
    ok("agent_register", bob, agent_id="bob", role="other")
    assert ok("handoff_get", bob, **at)["claimed_by"] == "bob"
    assert ok("handoff_complete", bob, **at)["status"] == "COMPLETED"


PUT = [
    ({"project_root": None, "artifact_type": "x"}, "WORKSPACE_REQUIRED"),
    ({"project_root": NOWHERE, "artifact_type": "blob"}, "VALIDATION_ERROR"),
    ({"project_root": NOWHERE}, "WORKSPACE_UNRESOLVED"),
    ({"content": None}, "VALIDATION_ERROR"),
    ({"content": None, "path": ""}, "VALIDATION_ERROR"),
    ({"content": BIG, "path": "../x"}, "CONTENT_TOO_LARGE"),
    ({"artifact_type": "json", "content": "{" + BIG}, "CONTENT_TOO_LARGE"),
    ({"artifact_type": "json", "content": "{"}, "VALIDATION_ERROR"),
    ({"artifact_type": "json", "content": "NaN"}, "VALIDATION_ERROR"),
    ({"artifact_type": "json", "content": ""}, "VALIDATION_ERROR"),
    ({"path": "../outside.txt"}, "PATH_OUTSIDE_WORKSPACE"),
    ({"path": "/etc/passwd"}, "PATH_OUTSIDE_WORKSPACE"),
    ({"path": "missing/../../x"}, "PATH_OUTSIDE_WORKSPACE"),
    ({"path": "missing/../../../../../etc/passwd"}, "PATH_OUTSIDE_WORKSPACE"),
    ({"content": None, "path": "a/../../x"}, "PATH_OUTSIDE_WORKSPACE"),
    ({"content": {"a": 1}}, "VALIDATION_ERROR"),
    ({"metadata": "x" * 65_535}, "CONTENT_TOO_LARGE"),
]  # fmt: skip


@pytest.mark.parametrize(("over", "expected"), PUT)
def test_the_problems_of_an_artifact_have_an_order(over: Any, expected: str, valid: Any, bob: Any) -> None:
    before = Artifact.objects.count()
    assert code("artifact_put", bob, **{**valid["artifact_put"], **over}) == expected
    assert Artifact.objects.count() == before


@pytest.mark.parametrize("kind", ["text", "TEXT", "Json", "markdown", "file"])
def test_a_type_is_stored_in_its_published_spelling(kind: str, valid: Any, bob: Any) -> None:
    given = {**valid["artifact_put"], "artifact_type": kind, "content": "{}"}
    put = ok("artifact_put", bob, **given)
    assert (put["artifact_type"], put["stored"], put["size_bytes"]) == (kind.lower(), "inline", 2)


def test_size_is_counted_in_bytes_and_the_limit_is_inclusive(valid: Any, bob: Any) -> None:
    put = valid["artifact_put"]
    assert ok("artifact_put", bob, **{**put, "content": "é" * 32_768})["size_bytes"] == 65_536
    assert code("artifact_put", bob, **{**put, "content": "é" * 32_768 + "x"}) == "CONTENT_TOO_LARGE"


def test_a_link_that_leads_out_is_outside(project: str, valid: Any, bob: Any, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    os.symlink(tmp_path / "secret", Path(project) / "link")
    os.symlink(tmp_path, Path(project) / "folder")
    put = {**valid["artifact_put"], "content": None, "artifact_type": "file"}
    assert {code("artifact_put", bob, **put, path=path) for path in ("link", "folder/secret")} == {
        "PATH_OUTSIDE_WORKSPACE"
    }


def test_a_file_is_named_and_never_read(project: str, valid: Any, bob: Any) -> None:
    (Path(project) / "data.bin").write_bytes(b"\xff" * 100_000)
    at = {"project_root": project}
    put = ok("artifact_put", bob, **at, artifact_type="file", path="data.bin")
    got = ok("artifact_get", bob, **at, artifact_id=put["artifact_id"])
    assert (got["path"], got["size_bytes"], "content" in got) == ("data.bin", 100_000, False)


RENDER = [
    ({"workspace_id": None, "limit_events": 0}, "WORKSPACE_REQUIRED"),
    ({"workspace_id": ""}, "WORKSPACE_REQUIRED"),
    ({"workspace_id": "A" * 64}, "VALIDATION_ERROR"),
    ({"workspace_id": "a" * 63}, "VALIDATION_ERROR"),
    ({"workspace_id": "../" + "a" * 61}, "VALIDATION_ERROR"),
    ({"workspace_id": "a" * 64 + "\n"}, "VALIDATION_ERROR"),
    ({"workspace_id": "a" * 64}, "NOT_FOUND"),
    ({"limit_events": 0}, "VALIDATION_ERROR"),
    ({"limit_events": 1001}, "VALIDATION_ERROR"),
    ({"limit_events": "50"}, "VALIDATION_ERROR"),
]  # fmt: skip


@pytest.mark.parametrize(("over", "expected"), RENDER)
def test_the_problems_of_a_rendering_have_an_order(over: Any, expected: str, valid: Any, bob: Any) -> None:
    assert code("shared_md_render", bob, **{**valid["shared_md_render"], **over}) == expected


def test_a_rendering_hides_what_is_not_public(place: Any, alice: Any, bob: Any, offer: Any) -> None:
    offer(to="bob", visibility="private", payload="secret payload")
    offer(target={"strategy": "role", "role": "reviewer"}, visibility="public", payload="open payload")
    answer = ok("shared_md_render", alice, workspace_id=place["workspace_id"])
    text = Path(answer["path"]).read_text()
    assert "[private]" in text
    assert "reviewer" in text
    assert "payload" not in text.split("## 3.")[1]


def test_two_renderings_of_one_state_are_the_same_bytes(place: Any, alice: Any, send: Any, hand: Any) -> None:
    send(alice)
    first = Path(ok("shared_md_render", alice, workspace_id=place["workspace_id"])["path"]).read_bytes()
    hand.advance(3600)
    assert Path(ok("shared_md_render", alice, workspace_id=place["workspace_id"])["path"]).read_bytes() == first


def test_a_notice_of_a_directed_handoff_is_json_with_the_work(alice: Any, bob: Any, offer: Any) -> None:
    made = offer(to="bob", payload='{"a": 1}')
    (message,) = ok("inbox_pull", bob, agent_id="bob")["messages"]
    notice = json.loads(message["body"])
    assert {**notice, "next_step": ""} == {
        "kind": "handoff.directed", "handoff_id": made["handoff_id"], "from_agent_id": "alice", "status": "OPEN",
        "payload": '{"a": 1}', "next_step": "",
    }  # fmt: skip
    assert message["from_agent_id"] == "alice"


def test_a_rejected_open_handoff_keeps_its_reason_for_the_creator(
    alice: Any, bob: Any, offer: Any, project: str
) -> None:
    at = {"project_root": project, "handoff_id": offer(to="bob")["handoff_id"]}
    assert ok("handoff_reject", bob, **at, agent_id="bob", reason="no")["notified"] == ["alice"]
    found = ok("handoff_get", alice, **at, agent_id="alice")
    assert (found["status"], found["rejected_reason"], found["claimed_by"]) == ("REJECTED", "no", None)


def test_an_unknown_handoff_is_said_so_with_the_field(bob: Any, project: str) -> None:
    refused = error("handoff_get", bob, project_root=project, agent_id="bob", handoff_id="hof-none")
    assert (refused["code"], refused["details"]) == ("NOT_FOUND", {"field": "handoff_id"})
