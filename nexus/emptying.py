"""Emptying the bus table by table, children first, in steps that leave the write lock free between them."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import connection, models

from nexus import audience, directory, workspaces
from nexus.models import (
    Artifact,
    Audience,
    Channel,
    Event,
    Handoff,
    LaneCount,
    Message,
    MessageDelivery,
    MessageEdge,
    MessagePair,
    Session,
    Task,
    Workspace,
    WorkspaceCount,
)
from pulse_project.core import auth, db, outbox
from pulse_project.core.models import Agent, LogCounter
from pulse_project.core.principals import Caller
from pulse_project.core.steps import in_steps, one_step

LARGE: tuple[type[models.Model], ...] = (MessageDelivery, MessageEdge, Handoff, Session, Artifact, Event)
CHILDREN_FIRST: tuple[type[models.Model], ...] = (
    Audience, MessageDelivery, MessageEdge, MessagePair, LaneCount, Message, Handoff, Session, Artifact, Channel, Event,
    Task, WorkspaceCount, Workspace,
)  # fmt: skip


def empty(caller: Caller, *, keep_agents: bool) -> dict[str, int]:
    """Rows deleted by table. An interrupted run leaves a smaller bus, and running it again finishes.

    The large tables go in steps. Counters and what others wrote meanwhile go in one last step, so that they agree.
    """
    deleted = {model._meta.db_table: 0 for model in CHILDREN_FIRST}
    walks: dict[str, Callable[[int], int]] = {model._meta.db_table: _Walk(model) for model in LARGE}
    walks |= {
        Audience._meta.db_table: audience.Walk(),
        Message._meta.db_table: partial(_delete_messages, _newest(Message)),
    }
    for table in (table for table in deleted if table in walks):
        deleted[table] += in_steps(walks[table])[0]
    for table, count in one_step(partial(_end, caller, keep_agents=keep_agents)).items():
        deleted[table] = deleted.get(table, 0) + count
    return deleted


def _end(caller: Caller, *, keep_agents: bool) -> dict[str, int]:
    """The last step, with nobody beside it: every row that is left, and the events that tell of the reset."""
    _keep_writers_off()
    deleted = {model._meta.db_table: _delete_rest(model) for model in CHILDREN_FIRST}
    if not keep_agents:
        deleted["core_agent"] = Agent.objects.count()
        Agent.objects.all().delete()
    LogCounter.objects.filter(name="nexus").update(floor=models.F("head"))
    outbox.emit("bus.reset", caller=caller, entity=("store", "nexus"), kept_agents=keep_agents)
    if not keep_agents:
        outbox.emit("agent.deleted", caller=caller, entity=("agent", "*"))
    db.after_commit(workspaces.forget)
    db.after_commit(directory.forget)
    db.after_commit(auth.forget)
    return deleted


def _keep_writers_off() -> None:
    """PostgreSQL has many writers: wait a moment for those under way, and hold the others up before they begin."""
    if db.vendor() != "postgresql":
        return
    tables = ", ".join(model._meta.db_table for model in reversed(CHILDREN_FIRST))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '100ms'")
        cursor.execute(f"LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute("SET LOCAL lock_timeout TO DEFAULT")


def _newest(model: type[models.Model]) -> int:
    manager: Any = model._default_manager
    return manager.order_by("-pk").values_list("pk", flat=True).first() or 0


class _Walk:
    """Deletes the rows of a table to which no other one refers, oldest first, up to the newest of now."""

    def __init__(self, model: type[models.Model]) -> None:
        self._rows: Any = model._default_manager.filter(pk__lte=_newest(model)).order_by("pk")
        self._statement = f"DELETE FROM {model._meta.db_table} WHERE {model._meta.pk.column} BETWEEN %s AND %s"  # noqa: S608 - constant names
        self._after = 0

    def __call__(self, limit: int) -> int:
        keys = list(self._rows.filter(pk__gt=self._after).values_list("pk", flat=True)[:limit])
        if keys:
            with connection.cursor() as cursor:
                cursor.execute(self._statement, [keys[0], keys[-1]])
            self._after = keys[-1]
        return len(keys)


def _delete_messages(end: int, limit: int) -> int:
    """With what others wrote about them meanwhile: deliveries go along, answers lose their parent."""
    keys = list(Message.objects.filter(pk__lte=end).order_by("pk").values_list("pk", flat=True)[:limit])
    Message.objects.filter(pk__in=keys).delete()
    return len(keys)


def _delete_rest(model: type[models.Model]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {model._meta.db_table}")  # noqa: S608 - a constant name
        return int(cursor.rowcount)
