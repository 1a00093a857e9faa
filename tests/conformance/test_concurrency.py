"""The same thing asked many times at the same moment: it happens once, and everybody gets an answer."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from nexus.models import Event, Message, Workspace
from pulse_project.core import executor
from pulse_project.core.operations import REGISTRY

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]
MANY = 8


@pytest.fixture
def at_once() -> Any:
    """`await at_once(name, caller, **arguments)`: the answers of eight calls that start together."""

    async def called(name: str, caller: Any, /, **arguments: Any) -> list[Any]:
        operation = REGISTRY[name]
        calls = [executor.call(operation, arguments, caller) for _ in range(MANY)]
        return [outcome.body(operation.envelope) for outcome in await asyncio.gather(*calls)]

    return called


async def one(name: str, caller: Any, /, **arguments: Any) -> Any:
    outcome = await executor.call(REGISTRY[name], arguments, caller)
    assert outcome.failure is None, outcome.failure
    return outcome.result


@pytest.fixture
def sent(project: str) -> dict[str, Any]:
    target = {"strategy": "direct", "agent_id": "bob"}
    return {"project_root": project, "from_agent_id": "alice", "subject": "s", "body": "b", "target": target}


async def count(model: Any, **filters: Any) -> int:
    from pulse_project.core import db

    return int(await db.in_read(lambda: model.objects.filter(**filters).count()))


async def test_a_key_that_is_repeated_at_once_sends_once(at_once: Any, alice: Any, bob: Any, sent: Any) -> None:
    answers = await at_once("message_create", alice, **sent, idempotency_key="k")
    assert [answer["ok"] for answer in answers] == [True] * MANY
    assert len({answer["data"]["message_id"] for answer in answers}) == 1
    assert await count(Message) == 1


async def test_an_agent_that_registers_many_times_at_once_is_one(at_once: Any, alice: Any) -> None:
    answers = await at_once("agent_register", alice, agent_id="zoe", role="r")
    assert [answer["ok"] for answer in answers] == [True] * MANY
    assert len({answer["data"]["created_at"] for answer in answers}) == 1


async def test_a_channel_made_at_once_is_one(at_once: Any, alice: Any, project: str) -> None:
    answers = await at_once("channel_create", alice, project_root=project, name="news")
    assert Counter(answer["data"]["created"] for answer in answers) == {True: 1, False: MANY - 1}


async def test_a_folder_met_at_once_becomes_one_workspace(at_once: Any, alice: Any, bob: Any, sent: Any) -> None:
    answers = await at_once("message_create", alice, **sent)
    assert sum("workspace_created" in answer["data"] for answer in answers) == 1
    assert await count(Workspace) == 1


async def test_numbers_have_neither_gap_nor_double(at_once: Any, alice: Any, bob: Any, sent: Any) -> None:
    answers = await at_once("message_create", alice, **sent)
    assert sorted(answer["data"]["event_id"] for answer in answers) == list(range(1, MANY + 1))


async def test_pulls_at_once_share_the_messages(at_once: Any, alice: Any, bob: Any, sent: Any) -> None:
    await at_once("message_create", alice, **sent)
    answers = await at_once("inbox_pull", bob, agent_id="bob", limit=2)
    pulled = [message["message_id"] for answer in answers for message in answer["data"]["messages"]]
    assert len(pulled) == len(set(pulled)) == MANY


async def test_an_acknowledgement_at_once_counts_once(at_once: Any, alice: Any, bob: Any, sent: Any) -> None:
    message_id = (await one("message_create", alice, **sent))["message_id"]
    answers = await at_once("inbox_ack", bob, agent_id="bob", message_ids=message_id)
    assert sum(answer["data"]["acknowledged"] for answer in answers) == 1
    assert await count(Event, type="message.read") == 1
    assert await one("inbox_count", bob, agent_id="bob") == {"unread": 0, "in_flight": 0, "read": 1}


async def test_a_session_closed_at_once_is_closed_once(at_once: Any, bob: Any, project: str) -> None:
    workspace_id = (await one("workspace_resolve", bob, project_root=project))["workspace_id"]
    session_id = (await one("session_open", bob, agent_id="bob", workspace_id=workspace_id))["session_id"]
    answers = await at_once("session_close", bob, session_id=session_id)
    assert len({answer["data"]["closed_at"] for answer in answers}) == 1
    assert await count(Event, type="session.closed") == 1


@pytest.mark.parametrize("verb", ["handoff_claim", "handoff_reject", "handoff_cancel"])
async def test_a_handoff_ends_at_once_only_once(verb: str, at_once: Any, alice: Any, bob: Any, project: str) -> None:
    at = {"project_root": project}
    target = {"strategy": "direct", "agent_id": "bob"}
    made = await one("handoff_create", alice, **at, from_agent_id="alice", target=target, visibility="public")
    who = alice if verb == "handoff_cancel" else bob
    answers = await at_once(verb, who, **at, agent_id=who.name, handoff_id=made["handoff_id"])
    lost = "HANDOFF_ALREADY_CLAIMED" if verb == "handoff_claim" else "INVALID_TRANSITION"
    assert Counter(answer["ok"] for answer in answers) == {True: 1, False: MANY - 1}
    assert {answer["error"]["code"] for answer in answers if not answer["ok"]} == {lost}
