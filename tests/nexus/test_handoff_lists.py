"""The pool as one agent finds it: what it may claim, page by page, whatever others do meanwhile."""

import pytest

from pulse_project.core import clock, executor
from pulse_project.core.operations import REGISTRY

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]
POOL = {"strategy": "capability", "capability": "py"}


async def call(name, caller, **arguments):
    operation = REGISTRY[name]
    return (await executor.call(operation, arguments, caller)).body(operation.envelope)


@pytest.fixture
def offer(alice, project):
    async def offer(target=None, visibility="public", **more):
        body = await call(
            "handoff_create", alice, project_root=project, from_agent_id="alice", target=target or POOL,
            visibility=visibility, **more,
        )  # fmt: skip
        return body["data"]["handoff_id"]

    return offer


@pytest.fixture
def available(alice, bob, project):
    callers = {"alice": alice, "bob": bob}

    async def available(agent_id="bob", **more):
        return await call("handoff_list_available", callers[agent_id], project_root=project, agent_id=agent_id, **more)

    return available


def ids(body):
    return [found["handoff_id"] for found in body["data"]["handoffs"]]


@pytest.mark.parametrize("visibility", ["public", "eligible", "private"])
@pytest.mark.parametrize(
    ("target", "found"),
    [
        ({"strategy": "direct", "agent_id": "bob"}, True), ({"strategy": "direct", "agent_id": "alice"}, False),
        ({"strategy": "role", "role": "reviewer"}, True), ({"strategy": "role", "role": "builder"}, False),
        ({"strategy": "capability", "capability": ["none", "py"]}, True), ({"strategy": "broadcast"}, True),
    ],
)  # fmt: skip
async def test_an_agent_finds_what_its_target_admits(offer, available, target, found, visibility):
    handoff_id = await offer(target, visibility)
    assert ids(await available()) == ([handoff_id] if found else [])


async def test_a_creator_finds_its_own_pool_handoff(offer, available):
    assert ids(await available("alice")) == [] != [await offer()] == ids(await available("alice"))


async def test_an_entry_carries_the_work(offer, available):
    await offer(payload='{"a":1}')
    entry = (await available())["data"]["handoffs"][0]
    assert (entry["payload"], entry["target"], entry["status"]) == ('{"a":1}', POOL, "OPEN")


async def test_pages_skip_and_repeat_nothing_while_others_claim(offer, available, alice, project):
    made = [await offer() for _ in range(6)]
    first = await available(limit=2)
    for handoff_id in made[:2]:
        await call("handoff_claim", alice, project_root=project, handoff_id=handoff_id, agent_id="alice")
    second = await available(limit=2, cursor=first["data"]["next_cursor"])
    third = await available(limit=2, cursor=second["data"]["next_cursor"])
    assert ids(first) + ids(second) + ids(third) == made
    assert (second["data"]["has_more"], third["data"]["has_more"]) == (True, False)


async def test_the_last_page_has_no_cursor(offer, available):
    await offer()
    assert (await available())["data"]["next_cursor"] is None


async def test_a_cursor_is_decimal_text_or_a_number(offer, available):
    await offer()
    for cursor in ("0", 0, None):
        assert len(ids(await available(cursor=cursor))) == 1


@pytest.mark.parametrize(
    "more",
    [
        {"cursor": "x"}, {"cursor": -1}, {"cursor": "-1"}, {"cursor": True}, {"cursor": "9" * 30}, {"limit": 0},
        {"limit": True}, {"limit": "5"}, {"timeout_seconds": -1}, {"timeout_seconds": True}, {"timeout_seconds": "1"},
    ],
)  # fmt: skip
async def test_wrong_arguments_are_validation_errors(available, more):
    assert (await available(**more))["error"]["code"] == "VALIDATION_ERROR"


async def test_a_folder_nobody_wrote_in_has_no_handoffs(available):
    assert (await available())["data"] == {"handoffs": [], "next_cursor": None, "has_more": False, "timed_out": False}


async def test_a_lapsed_claim_is_listed_again(offer, available, alice, project):
    handoff_id = await offer()
    await call("handoff_claim", alice, project_root=project, handoff_id=handoff_id, agent_id="alice")
    assert ids(await available()) == []
    with clock.frozen_at(clock.now_us() + 301_000_000):
        assert ids(await available()) == [handoff_id]


async def test_a_fallback_opens_at_its_time_inclusive(offer, available):
    target = {"strategy": "direct_with_fallback", "agent_id": "alice", "fallback_after_seconds": 60, "fallback": POOL}
    now = clock.now_us()
    with clock.frozen_at(now) as hand:
        handoff_id = await offer(target)
        hand.advance(59.999999)
        assert ids(await available()) == []
        hand.advance(0.000001)
        assert ids(await available()) == [handoff_id]
