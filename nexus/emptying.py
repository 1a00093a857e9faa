"""Emptying the bus table by table, children first, in steps that leave the write lock free between them."""

from typing import Any

from django.db import connection, models

from nexus import directory, workspaces
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

BATCH_ROWS = 500
CHILDREN_FIRST: tuple[type[models.Model], ...] = (
    MessageDelivery, MessageEdge, MessagePair, LaneCount, Message, Handoff, Session, Artifact, Channel, Event,
    Task, WorkspaceCount, Workspace,
)  # fmt: skip


def empty(caller: Caller, *, keep_agents: bool) -> dict[str, int]:
    """Rows deleted by table. An interrupted run leaves a smaller bus, and running it again finishes."""
    deleted = {"nexus_audience": _empty_audience()}
    for model in CHILDREN_FIRST:
        deleted[model._meta.db_table] = _empty(model)
    with db.write_tx(maintenance=True):
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


def _empty(model: type[models.Model]) -> int:
    manager: Any = model._default_manager
    total = 0
    while True:
        with db.write_tx(maintenance=True):
            keys = list(manager.order_by("pk").values_list("pk", flat=True)[:BATCH_ROWS])
            manager.filter(pk__in=keys).delete()
        total += len(keys)
        if len(keys) < BATCH_ROWS:
            return total


def _empty_audience() -> int:
    """The index has no single key to page by; one statement empties it."""
    with db.write_tx(maintenance=True), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {Audience._meta.db_table}")  # noqa: S608 - a constant name
        return int(cursor.rowcount)


def compact() -> bool:
    """Give freed pages back to the disk."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
    return True
