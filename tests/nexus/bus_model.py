"""A small model of the bus: what messages, inboxes and handoffs should do, without store, transport or index."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

MAX_ATTEMPTS = 5
LEASE_US = 300_000_000

ROLES = {"alice": "builder", "bob": "reviewer", "carol": "builder"}
CAPABILITIES = {"alice": {"py", "ocr"}, "bob": {"py"}, "carol": set[str]()}
AGENTS = tuple(ROLES)


def admits(target: dict[str, Any], agent: str, created_us: int, now_us: int) -> bool:
    match target["strategy"]:
        case "direct":
            return bool(target["agent_id"] == agent)
        case "role":
            return bool(ROLES[agent] == target["role"])
        case "capability":
            return target["capability"] in CAPABILITIES[agent]
        case "broadcast":
            return True
        case "mixed":
            return any(admits(rule, agent, created_us, now_us) for rule in target["rules"])
    late = now_us >= created_us + target["fallback_after_seconds"] * 1_000_000
    return bool(target["agent_id"] == agent or (late and admits(target["fallback"], agent, created_us, now_us)))


@dataclass
class Delivery:
    """A message in one inbox; `is_plain`: an agent wrote it."""

    number: int
    message_id: str
    sender: str
    recipient: str
    is_plain: bool
    lane: str = "unread"
    attempts: int = 0
    lease_us: int = 0

    def effective(self, now_us: int) -> str:
        return "unread" if self.lane == "delivered" and self.lease_us < now_us else self.lane


@dataclass
class Handoff:
    handoff_id: str
    number: int
    creator: str
    target: dict[str, Any]
    visibility: str
    created_us: int
    status: str = "OPEN"
    claimed_by: str | None = None
    lease_us: int = 0
    epoch: int = 0

    def is_open(self, now_us: int) -> bool:
        return self.status == "OPEN" or (self.status == "CLAIMED" and self.lease_us < now_us)


Seen = Callable[[str, int], bool]


@dataclass
class Model:
    """The whole bus of one workspace."""

    deliveries: list[Delivery] = field(default_factory=list)
    handoffs: dict[str, Handoff] = field(default_factory=dict)
    events: list[tuple[str, str, str, Seen]] = field(default_factory=list)  # stream, type, subject, who sees it

    # inboxes

    def deliver(self, message_id: str, sender: str, recipients: Iterable[str], *, is_plain: bool = True) -> None:
        for recipient in sorted(recipients):
            number = len(self.deliveries)
            self.deliveries.append(Delivery(number, message_id, sender, recipient, is_plain))

    def inbox(self, agent: str) -> list[Delivery]:
        return [one for one in self.deliveries if one.recipient == agent]

    def sizes(self, agent: str, now_us: int) -> dict[str, int]:
        lanes = Counter(one.effective(now_us) for one in self.inbox(agent))
        return {"unread": lanes["unread"], "in_flight": lanes["delivered"], "read": lanes["read"]}

    def pull(self, agent: str, limit: int, now_us: int) -> list[Delivery]:
        mine = self.inbox(agent)
        unread = [one for one in mine if one.lane == "unread"][:limit]
        lapsed = [one for one in mine if one.lane == "delivered" and one.lease_us < now_us]
        lapsed = sorted(lapsed, key=lambda one: (one.lease_us, one.number))[:limit]
        chosen = sorted([*unread, *lapsed], key=lambda one: one.number)[:limit]
        returned = []
        for one in chosen:
            if one.attempts == MAX_ATTEMPTS:
                one.lane = "parked"
                self._tell("message.parked", one)
                continue
            self._tell("message.redelivered" if one.attempts else "message.delivered", one)
            one.lane, one.attempts, one.lease_us = "delivered", one.attempts + 1, now_us + LEASE_US
            returned.append(one)
        return returned

    def acknowledge(self, agent: str, message_ids: list[str]) -> int:
        moved = [
            one for one in self.inbox(agent) if one.message_id in message_ids and one.lane in ("unread", "delivered")
        ]
        for one in moved:
            one.lane = "read"
            self._tell("message.read", one)
        return len(moved)

    def _tell(self, event: str, one: Delivery) -> None:
        if one.is_plain:
            ends = {one.sender, one.recipient}
            self.record("workspace", event, one.message_id, lambda agent, _now: agent in ends)

    # handoffs

    def expire(self, now_us: int) -> None:
        for handoff in self.handoffs.values():
            if handoff.status == "CLAIMED" and handoff.lease_us < now_us:
                self.tell_handoff("handoff.expired", handoff, now_us)
                handoff.status, handoff.claimed_by = "OPEN", None

    def available(self, agent: str, now_us: int) -> list[str]:
        return [
            one.handoff_id
            for one in self.handoffs.values()
            if one.status == "OPEN" and admits(one.target, agent, one.created_us, now_us)
        ]

    def claim(self, handoff: Handoff, agent: str, now_us: int) -> str:
        if not admits(handoff.target, agent, handoff.created_us, now_us):
            return "NOT_ELIGIBLE_TO_CLAIM"
        if not handoff.is_open(now_us):
            return "HANDOFF_ALREADY_CLAIMED"
        self.expire(now_us)  # a refused call changes nothing, not even what lapsed
        handoff.status, handoff.claimed_by, handoff.lease_us = "CLAIMED", agent, now_us + LEASE_US
        handoff.epoch += 1
        self.tell_handoff("handoff.claimed", handoff, now_us, actor=agent)
        return "ok"

    def complete(self, handoff: Handoff, agent: str, now_us: int) -> str:
        if handoff.status != "CLAIMED":
            return "INVALID_TRANSITION"
        if handoff.claimed_by != agent:
            return "NOT_OWNER"
        self.tell_handoff("handoff.completed", handoff, now_us, actor=agent)
        handoff.status = "COMPLETED"
        self.tell_creator(handoff, agent)
        return "ok"

    def reject(self, handoff: Handoff, agent: str, now_us: int) -> str:
        if handoff.status not in ("OPEN", "CLAIMED"):
            return "INVALID_TRANSITION"
        direct = handoff.target["agent_id"] if handoff.target["strategy"] == "direct" else None
        if agent != (handoff.claimed_by if handoff.status == "CLAIMED" else direct):
            return "NOT_OWNER"
        self.tell_handoff("handoff.rejected", handoff, now_us, actor=agent)
        handoff.status = "REJECTED"
        self.tell_creator(handoff, agent)
        return "ok"

    def cancel(self, handoff: Handoff, agent: str, now_us: int) -> str:
        if agent != handoff.creator:
            return "NOT_OWNER"
        if not handoff.is_open(now_us):
            return "INVALID_TRANSITION"
        self.expire(now_us)
        handoff.status = "CANCELLED"
        self.tell_handoff("handoff.cancelled", handoff, now_us)
        return "ok"

    def tell_creator(self, handoff: Handoff, agent: str) -> None:
        if agent != handoff.creator:
            self.deliver("", agent, [handoff.creator], is_plain=False)

    def tell_handoff(self, event: str, handoff: Handoff, at_us: int, actor: str = "") -> None:
        ends = {handoff.creator, handoff.claimed_by, actor}
        target, visibility = handoff.target, handoff.visibility

        def seen(agent: str, now_us: int) -> bool:
            return visibility == "public" or agent in ends or admits(target, agent, at_us, now_us)

        self.record("handoff", event, handoff.handoff_id, seen)

    # the log

    def record(self, stream: str, event: str, subject: str, seen: Seen) -> None:
        self.events.append((stream, event, subject, seen))

    def visible(self, stream: str, agent: str, now_us: int) -> "Counter[tuple[str, str]]":
        return Counter(
            (event, subject) for of, event, subject, seen in self.events if of == stream and seen(agent, now_us)
        )
