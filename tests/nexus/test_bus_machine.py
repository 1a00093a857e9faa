"""Hypothesis drives the bus against a small model of it: any order of calls, any passing of time."""

import tempfile
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from nexus import directory, handoff_pool, leases, workspaces
from nexus.models import Event, LaneCount, MessageDelivery, WorkspaceCount
from pulse_project.core import clock, flags
from pulse_project.core.models import Agent
from pulse_project.core.principals import Caller, Kind
from tests.conftest import run
from tests.nexus.bus_model import AGENTS, CAPABILITIES, ROLES, Handoff, Model, admits

START_US = 1_800_000_000_000_000

agents = st.sampled_from(AGENTS)
plain_targets = st.one_of(
    st.builds(lambda agent: {"strategy": "direct", "agent_id": agent}, agents),
    st.sampled_from([{"strategy": "role", "role": "builder"}, {"strategy": "capability", "capability": "py"}]),
)
group_targets = st.builds(
    lambda rules: {"strategy": "mixed", "rules": rules}, st.lists(plain_targets, min_size=1, max_size=2)
)
handoff_targets = st.one_of(
    plain_targets,
    group_targets,
    st.just({"strategy": "broadcast"}),
    st.builds(
        lambda agent, fallback: {
            "strategy": "direct_with_fallback", "agent_id": agent, "fallback_after_seconds": 60, "fallback": fallback,
        },
        agents, plain_targets,
    ),
)  # fmt: skip


class Bus(RuleBasedStateMachine):
    """One workspace, three agents; every rule does the same to the bus and to the model and compares the answers."""

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.time = clock.frozen_at(START_US)
        self.hand = self.time.__enter__()
        self.change = transaction.atomic()
        self.change.__enter__()
        self.first_event = Event.objects.count()

    @initialize()
    def begin(self) -> None:
        directory.forget()
        workspaces.forget()
        self.root = tempfile.mkdtemp(prefix="bus-")
        self.callers = {}
        for agent_id in AGENTS:
            agent = Agent.objects.create(
                agent_id=agent_id, role=ROLES[agent_id], capabilities=sorted(CAPABILITIES[agent_id])
            )
            granted = flags.bus_flags_of(agent.bus_permissions)
            self.callers[agent_id] = Caller(Kind.AGENT, agent_id, flags=granted, agent_pk=agent.pk)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.change.__exit__(None, None, None)
        self.time.__exit__(None, None, None)

    def call(self, operation: str, agent: str, **arguments: Any) -> Any:
        body = run(operation, self.callers[agent], **arguments)
        return body["data"] if body["ok"] else body["error"]["code"]

    @property
    def now_us(self) -> int:
        return clock.now_us()

    # messages and inboxes

    @rule(sender=agents, to=st.one_of(plain_targets, group_targets))
    def send(self, sender: str, to: dict[str, Any]) -> None:
        sent = self.call(
            "message_create", sender, project_root=self.root, from_agent_id=sender, subject="s", body="b", target=to
        )
        expected = [one for one in AGENTS if admits(to, one, self.now_us, self.now_us)]
        if to["strategy"] != "direct":
            expected = [one for one in expected if one != sender]
        assert sent["recipients"] == expected
        self.model.deliver(sent["message_id"], sender, expected)

        def seen(agent: str, now_us: int) -> bool:
            return agent == sender or admits(to, agent, 0, now_us)

        self.model.record("workspace", "message.created", sent["message_id"], seen)

    @rule(agent=agents, limit=st.sampled_from([1, 2, 50]))
    def pull(self, agent: str, limit: int) -> None:
        pulled = self.call("inbox_pull", agent, agent_id=agent, limit=limit)["messages"]
        expected = self.model.pull(agent, limit, self.now_us)
        assert [one["attempts"] for one in pulled] == [one.attempts for one in expected]
        assert [one["from_agent_id"] for one in pulled] == [one.sender for one in expected]
        for one, known in zip(pulled, expected, strict=True):
            assert known.message_id in ("", one["message_id"])  # a notice's id is known from its first pull
            known.message_id = one["message_id"]

    @rule(agent=agents, data=st.data())
    def acknowledge(self, agent: str, data: st.DataObject) -> None:
        known = sorted({one.message_id for one in self.model.deliveries if one.message_id} | {"msg-unknown"})
        ids = data.draw(st.lists(st.sampled_from(known), min_size=1, max_size=4))
        answer = self.call("inbox_ack", agent, agent_id=agent, message_ids=ids)
        assert answer["acknowledged"] == self.model.acknowledge(agent, ids)

    @rule(agent=agents, data=st.data(), seconds=st.sampled_from([5, 400]))
    def extend(self, agent: str, data: st.DataObject, seconds: int) -> None:
        known = sorted({one.message_id for one in self.model.inbox(agent) if one.message_id} | {"msg-unknown"})
        ids = data.draw(st.lists(st.sampled_from(known), min_size=1, max_size=3, unique=True))
        held = [
            one for one in self.model.inbox(agent)
            if one.message_id in ids and one.effective(self.now_us) == "delivered"
        ]  # fmt: skip
        answer = self.call("inbox_extend", agent, agent_id=agent, message_ids=ids, extend_seconds=seconds)
        if len(held) != len(ids):
            assert answer == "VALIDATION_ERROR"
            return
        assert answer["extended"] == len(ids)
        for one in held:
            one.lease_us = self.now_us + max(seconds, 10) * 1_000_000

    # handoffs

    @rule(creator=agents, to=handoff_targets, visibility=st.sampled_from(["public", "eligible", "private"]))
    def offer(self, creator: str, to: dict[str, Any], visibility: str) -> None:
        made = self.call(
            "handoff_create", creator, project_root=self.root, from_agent_id=creator, target=to, visibility=visibility
        )
        handoff = Handoff(made["handoff_id"], len(self.model.handoffs), creator, to, visibility, created_us=self.now_us)
        self.model.handoffs[handoff.handoff_id] = handoff
        self.model.tell_handoff("handoff.created", handoff, self.now_us)
        if to["strategy"].startswith("direct"):
            self.model.deliver("", creator, [to["agent_id"]], is_plain=False)

    @rule(agent=agents, data=st.data(), verb=st.sampled_from(["claim", "complete", "reject", "cancel"]))
    def act(self, agent: str, data: st.DataObject, verb: str) -> None:
        if not self.model.handoffs:
            return
        handoff = data.draw(st.sampled_from(list(self.model.handoffs.values())))
        answer = self.call(
            f"handoff_{verb}", agent, project_root=self.root, handoff_id=handoff.handoff_id, agent_id=agent
        )
        expected = getattr(self.model, verb)(handoff, agent, self.now_us)
        assert (answer if isinstance(answer, str) else "ok") == expected
        if verb == "claim" and expected == "ok":
            assert answer["claim_epoch"] == handoff.epoch

    @rule(agent=agents)
    def look_for_work(self, agent: str) -> None:
        pk = workspaces.locate(self.root, self.callers[agent]).pk
        leases.expire_if_needed(pk)
        self.model.expire(self.now_us)
        found = handoff_pool.available(pk, directory.reader(agent), after=0, limit=500)
        assert [one.handoff_id for one in found] == self.model.available(agent, self.now_us)

    @rule(seconds=st.sampled_from([1, 59, 60, 61, 299, 300, 301]))
    def wait(self, seconds: int) -> None:
        self.hand.advance(seconds)

    # what always holds

    @invariant()
    def inboxes_agree(self) -> None:
        for agent in AGENTS:
            assert self.call("inbox_count", agent, agent_id=agent) == self.model.sizes(agent, self.now_us)

    @invariant()
    def counters_equal_rows(self) -> None:
        for agent in AGENTS:
            kept = LaneCount.objects.filter(agent_id=agent).values_list("unread", "delivered", "read", "parked").first()
            rows = tuple(MessageDelivery.objects.filter(recipient=agent, lane=lane).count() for lane in range(4))
            assert (kept or (0, 0, 0, 0)) == rows
        states = [one.status for one in self.model.handoffs.values()]
        pool = WorkspaceCount.objects.values_list("open_handoffs", "claimed_handoffs").first()
        assert (pool or (0, 0)) == (states.count("OPEN"), states.count("CLAIMED"))

    @invariant()
    def the_log_has_no_gap(self) -> None:
        numbers = list(Event.objects.order_by("seq").values_list("seq", flat=True))
        assert numbers == list(range(1, len(self.model.events) + 1))

    @invariant()
    def everybody_sees_exactly_their_events(self) -> None:
        for agent in AGENTS:
            for stream in ("workspace", "handoff"):
                page = self.call("event_get", agent, project_root=self.root, agent_id=agent, stream=stream, limit=1000)
                seen = [(one["type"], one["payload"].get("message_id") or one["handoff_id"]) for one in page["events"]]
                expected = self.model.visible(stream, agent, self.now_us)
                assert sorted(seen) == sorted(expected.elements())


SETTINGS = settings(
    max_examples=20,
    stateful_step_count=25,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)


@pytest.mark.django_db
def test_the_bus_follows_its_model_under_any_order_of_calls() -> None:
    run_state_machine_as_test(Bus, settings=SETTINGS)
