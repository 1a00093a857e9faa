"""The domain log as a source of the hub: rows, their keys, and reads of one key by index."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from pulse_project.core.models import DomainEvent, LogCounter
from pulse_project.core.tail.entries import Entry, Letter
from pulse_project.core.tail.pages import CursorLostError

LOG_NAME = "domain"
ROW_BYTES = 400  # a row without its payload
SYSTEM_KEY = "system"
SYSTEM_TYPES = ("settings.", "prune.", "store.", "server.", "migration.")
LONGEST_SCAN = 10_000  # rows that a reader without an index of its own may pass over

_COLUMNS = (
    "seq", "type", "actor", "principal", "board_id", "entity_kind", "entity_id", "entity_revision",
    "from_status", "to_status", "created_us",
)  # fmt: skip


@dataclass(frozen=True)
class DomainRow:
    """One row of the domain log; the payload is parsed when somebody asks."""

    seq: int
    type: str
    actor: str
    principal: str
    board_id: UUID | None
    entity_kind: str
    entity_id: str
    entity_revision: int | None
    from_status: str
    to_status: str
    created_us: int
    payload_text: str

    @cached_property
    def payload(self) -> Mapping[str, Any]:
        found = json.loads(self.payload_text)
        return found if isinstance(found, dict) else {}


class DomainSource:
    """`core_domainevent`, read by `seq`."""

    letter: Letter = "d"

    def head(self) -> int:
        return _counter("head")

    def floor(self) -> int:
        return _counter("floor")

    def read_after(self, seq: int, limit: int) -> list[Entry]:
        return entries_of(DomainEvent.objects.filter(seq__gt=seq), limit)


def _counter(column: str) -> int:
    return LogCounter.objects.filter(name=LOG_NAME).values_list(column, flat=True).first() or 0


def entries_of(rows: QuerySet[DomainEvent], limit: int) -> list[Entry]:
    """The first `limit` rows in log order."""
    texts = rows.order_by("seq").annotate(payload_text=Cast("payload", TextField()))
    return [_entry(DomainRow(*row)) for row in texts.values_list(*_COLUMNS, "payload_text")[:limit]]


def _entry(row: DomainRow) -> Entry:
    return Entry("d", row.seq, row.type, keys_of(row), row, ROW_BYTES + len(row.payload_text))


def keys_of(row: DomainRow) -> frozenset[str]:
    """`type:<type>`, `entity:<kind>:<id>`, `board:<id>`, and `system` for what concerns the whole installation."""
    keys = {f"type:{row.type}"}
    if row.entity_kind:
        keys.add(f"entity:{row.entity_kind}:{row.entity_id}")
    if row.board_id is not None:
        keys.add(f"board:{row.board_id}")
    if row.type.startswith(SYSTEM_TYPES):
        keys.add(SYSTEM_KEY)
    return frozenset(keys)


def entity_rows(kind: str, entity_id: str, span: tuple[int, int], limit: int) -> list[Entry]:
    """Rows of one entity with span[0] < seq <= span[1]."""
    after, upto = span
    named = DomainEvent.objects.filter(entity_kind=kind, entity_id=entity_id)
    return entries_of(named.filter(seq__gt=after, seq__lte=upto), limit)


def board_rows(board_id: UUID, span: tuple[int, int], limit: int) -> list[Entry]:
    """Rows of one board with span[0] < seq <= span[1]."""
    after, upto = span
    return entries_of(DomainEvent.objects.filter(board_id=board_id, seq__gt=after, seq__lte=upto), limit)


def system_rows(span: tuple[int, int], limit: int) -> list[Entry]:
    """Rows about the installation. They have no index: a span too wide to look through is a lost cursor."""
    after, upto = span
    if upto - after > LONGEST_SCAN:
        raise CursorLostError("too_far")
    rows = DomainEvent.objects.filter(_starts_with(SYSTEM_TYPES), seq__gt=after, seq__lte=upto)
    return entries_of(rows, limit)


def _starts_with(prefixes: Sequence[str]) -> Q:
    found = Q()
    for prefix in prefixes:
        found |= Q(type__startswith=prefix)
    return found
