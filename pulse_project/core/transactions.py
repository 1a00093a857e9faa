"""The outbox: what a write transaction will say once it commits, and the logs that number and keep it."""

import threading
from collections.abc import Sequence
from typing import Any, Protocol

from pulse_project.core import durability, wake
from pulse_project.core.statements import connection_here, execute, execute_prepared

POSTGRES_CHANNEL = "pulse_log"

TAKE_NUMBERS = "UPDATE core_logcounter SET head = head + %s WHERE name = %s RETURNING head"
_TAKE_AND_NOTIFY = f"{TAKE_NUMBERS}, pg_notify('{POSTGRES_CHANNEL}', '')"  # heard by other processes at COMMIT
_MAKE = "INSERT INTO core_logcounter (name, head, floor) VALUES (%s, 0, 0) ON CONFLICT (name) DO NOTHING"


class LogWriter(Protocol):
    """An append-only log. Ranks order the counters of logs that one transaction writes: nexus 0, domain 1."""

    name: str
    rank: int

    def write(self, drafts: Sequence[Any], first_seq: int) -> None:
        """Insert one row a draft with `seq` first_seq, first_seq + 1, ... inside the open transaction."""
        ...


class Pending:
    """The number of an event that is not written yet."""

    __slots__ = ("_seq",)

    def __init__(self) -> None:
        self._seq: int | None = None

    @property
    def seq(self) -> int:
        """The event's number; an error before the flush."""
        if self._seq is None:
            raise RuntimeError("this event has no number before the transaction is flushed")
        return self._seq

    def settle(self, seq: int) -> None:
        self._seq = seq


_logs: dict[str, LogWriter] = {}


def register_log(log: LogWriter) -> None:
    _logs[log.name] = log


Drafts = dict[str, list[tuple[Any, Pending]]]
Mark = tuple[Drafts, dict[str, int]]


class Transaction:
    """The events of one write transaction."""

    def __init__(self) -> None:
        self._drafts: Drafts = {}
        self._heads: dict[str, int] = {}
        self._wakes = False

    def append(self, log_name: str, draft: Any) -> Pending:
        """Queue one event; its number is known after `flush`."""
        pending = Pending()
        self._drafts.setdefault(log_name, []).append((draft, pending))
        return pending

    def flush(self) -> None:
        """Number and insert what is queued. Repeatable; the last flush is part of leaving `write_tx`."""
        if not self._drafts:
            return
        drafts, self._drafts = self._drafts, {}
        for name in sorted(drafts, key=lambda log: _logs[log].rank):
            entries = drafts[name]
            head = take_numbers(name, len(entries), wakes=True)
            first = head - len(entries) + 1
            for offset, (_, pending) in enumerate(entries):
                pending.settle(first + offset)
            _logs[name].write([draft for draft, _ in entries], first)
            self._heads[name] = head
        self._announce()

    def _announce(self) -> None:
        if connection_here().vendor == "sqlite":
            durability.announce(self._heads)
        if self._wakes:
            return
        self._wakes = True
        connection_here().on_commit(wake.notify, robust=True)

    def mark(self) -> Mark:
        """The state that `rewind` returns to when a nested block fails."""
        return {name: list(entries) for name, entries in self._drafts.items()}, dict(self._heads)

    def rewind(self, mark: Mark) -> None:
        """What a flush inside the failed block has written is queued again, what the block appended is gone."""
        self._drafts, heads = mark
        if heads != self._heads:
            self._heads = heads
            self._wakes = False
            if connection_here().vendor == "sqlite":
                durability.announce(heads)


def take_numbers(log_name: str, count: int, *, wakes: bool = False) -> int:
    """The new head of a log after `count` more events; the counter row is made on demand and locked until COMMIT.

    `wakes`: on PostgreSQL every process looks at its logs after COMMIT.
    """
    is_postgresql = connection_here().vendor == "postgresql"
    run = execute_prepared if is_postgresql else execute
    statement = _TAKE_AND_NOTIFY if wakes and is_postgresql else TAKE_NUMBERS
    row = run(statement, (count, log_name)).fetchone()
    if row is None:
        execute(_MAKE, (log_name,))
        row = run(statement, (count, log_name)).fetchone()
    return int(row[0])


class _Current(threading.local):
    transaction: Transaction | None = None


_current = _Current()


def current_or_none() -> Transaction | None:
    return _current.transaction


def set_current(transaction: Transaction | None) -> None:
    """For `write_tx` only."""
    _current.transaction = transaction


def current_tx() -> Transaction:
    """The open write transaction of this thread."""
    if _current.transaction is None:
        raise RuntimeError("events are written inside db.write_tx() only")
    return _current.transaction
