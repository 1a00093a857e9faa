"""The log of everything outside the bus, and one delivery row for every subscriber that wants an event."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder

from pulse_project.core import clock, wake
from pulse_project.core.models.log import DomainEvent
from pulse_project.core.statements import connection_here, execute_many

LOG_NAME = "domain"

_INSERT_EVENT = (
    "INSERT INTO core_domainevent (seq, type, actor, created_us, principal, board_id, entity_kind, entity_id,"
    " entity_revision, from_status, to_status, payload) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
_INSERT_DELIVERY = (
    "INSERT INTO core_delivery (event_id, subscriber, subject, state, attempts, due_us, last_error)"
    " VALUES (%s, %s, %s, 'pending', 0, 0, '')"
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A domain event before it has a number."""

    type: str
    actor: str
    principal: str
    board_id: UUID | None = None
    entity_kind: str = ""
    entity_id: str = ""
    revision: int | None = None
    from_status: str = ""
    to_status: str = ""
    payload: dict[str, Any] = field(default_factory=dict)
    created_us: int = field(default_factory=clock.now_us)

    @property
    def subject(self) -> str:
        """What a subscriber sees in order: the entity, else the board, else everything."""
        return f"{self.entity_kind}:{self.entity_id}" if self.entity_id else str(self.board_id or "")


Handler = Callable[[DomainEvent], None]


@dataclass(frozen=True)
class Subscriber:
    """A function that hears of events at least once, in order per subject.

    `atomic`: the function and the closing of its delivery share one write transaction, so that its effect happens once;
    only for functions that touch nothing but the database.
    """

    name: str
    types: tuple[str, ...]
    handler: Handler
    atomic: bool

    def wants(self, event_type: str) -> bool:
        return any(event_type.startswith(t[:-1]) if t.endswith("*") else event_type == t for t in self.types)


SUBSCRIBERS: dict[str, Subscriber] = {}
_wanting: dict[str, tuple[Subscriber, ...]] = {}


def subscribe(*types: str, atomic: bool = False) -> Callable[[Handler], Handler]:
    """Declare the decorated function a subscriber of event types (`"spec.locked"`, `"key.*"`)."""

    def declare(handler: Handler) -> Handler:
        name = f"{handler.__module__}.{handler.__qualname__}"[-100:]
        SUBSCRIBERS[name] = Subscriber(name, types, handler, atomic)
        _wanting.clear()
        return handler

    return declare


def unsubscribe(handler: Handler) -> None:
    """Forget a subscriber; its waiting deliveries are closed at the next start."""
    SUBSCRIBERS.pop(f"{handler.__module__}.{handler.__qualname__}"[-100:], None)
    _wanting.clear()


def subscribers_of(event_type: str) -> tuple[Subscriber, ...]:
    found = _wanting.get(event_type)
    if found is None:
        found = _wanting[event_type] = tuple(s for s in SUBSCRIBERS.values() if s.wants(event_type))
    return found


class DomainLog:
    """The writer of DomainEvent."""

    name = LOG_NAME
    rank = 1

    def write(self, drafts: Sequence[Draft], first_seq: int) -> None:
        numbered = list(enumerate(drafts, first_seq))
        execute_many(_INSERT_EVENT, [_event_row(seq, draft) for seq, draft in numbered])
        deliveries = [(seq, s.name, draft.subject[:200]) for seq, draft in numbered for s in subscribers_of(draft.type)]
        if deliveries:
            execute_many(_INSERT_DELIVERY, deliveries)
            connection_here().on_commit(wake.notify_deliveries, robust=True)


def _event_row(seq: int, draft: Draft) -> tuple[Any, ...]:
    board = draft.board_id
    payload = json.dumps(draft.payload, cls=DjangoJSONEncoder, ensure_ascii=connection_here().vendor == "postgresql")
    return (
        seq, draft.type, draft.actor, draft.created_us, draft.principal,
        board.hex if board is not None and connection_here().vendor == "sqlite" else board,
        draft.entity_kind, draft.entity_id, draft.revision, draft.from_status, draft.to_status, payload,
    )  # fmt: skip
