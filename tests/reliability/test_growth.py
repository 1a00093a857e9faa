"""Nothing grows unseen: every table says who deletes its rows and what bounds them, and the caps hold."""

from typing import Any

import pytest
from django.apps import apps

from nexus import handoffs, limits
from nexus.models import Handoff, LaneCount, MessageDelivery
from tests.conftest import run

TABLES = [
    model
    for name in ("core", "boards", "specs", "nexus", "telemetry")
    for model in apps.get_app_config(name).get_models()
]


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model.__name__)
def test_a_table_names_who_deletes_its_rows_and_its_cap(model: Any) -> None:
    said = " ".join((model.__doc__ or "").split())
    assert "Deleted by " in said
    assert "Cap: " in said


@pytest.mark.django_db
def test_an_inbox_takes_no_more_than_its_cap(make_agent: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_UNREAD", 3)
    alice = make_agent("alice")
    make_agent("bob")
    letter = {"project_root": str(tmp_path), "from_agent_id": "alice", "subject": "s", "body": "b"}
    direct = {"target": {"strategy": "direct", "agent_id": "bob"}}
    bodies = [run("message_create", alice, **direct, **letter) for _ in range(4)]
    assert [body["ok"] for body in bodies] == [True, True, True, False]
    assert (bodies[3]["error"]["code"], bodies[3]["error"]["details"]["reason"]) == ("RATE_LIMITED", "inbox_full")
    assert (LaneCount.objects.get(agent_id="bob").unread, MessageDelivery.objects.count()) == (3, 3)


@pytest.mark.django_db
def test_a_broadcast_leaves_full_inboxes_out(make_agent: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_UNREAD", 1)
    alice = make_agent("alice")
    make_agent("bob")
    letter = {"project_root": str(tmp_path), "from_agent_id": "alice", "subject": "s", "body": "b"}
    target = {"strategy": "mixed", "rules": [{"strategy": "direct", "agent_id": "bob"}]}
    for _ in range(3):
        run("message_create", alice, target=target, **letter)
    assert MessageDelivery.objects.filter(recipient="bob").count() == 1


@pytest.mark.django_db
def test_an_agent_has_no_more_open_handoffs_than_its_cap(
    make_agent: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handoffs, "MAX_OPEN_PER_AGENT", 2)
    alice = make_agent("alice")
    offer = {"project_root": str(tmp_path), "from_agent_id": "alice", "target": {"strategy": "broadcast"}}
    bodies = [run("handoff_create", alice, visibility="public", **offer) for _ in range(3)]
    assert [body["ok"] for body in bodies] == [True, True, False]
    assert (bodies[2]["error"]["code"], Handoff.objects.count()) == ("RATE_LIMITED", 2)
