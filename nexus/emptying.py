"""Emptying the bus table by table, children first, in steps that leave the write lock free between them."""

from collections.abc import Callable
from functools import partial
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
LARGE: tuple[type[models.Model], ...] = (MessageDelivery, MessageEdge, Message, Handoff, Session, Artifact, Event)
CHILDREN_FIRST: tuple[type[models.Model], ...] = (
    Audience, MessageDelivery, MessageEdge, MessagePair, LaneCount, Message, Handoff, Session, Artifact, Channel, Event,
    Task, WorkspaceCount, Workspace,
)  # fmt: skip

_AUDIENCE_BATCH = (
    'DELETE FROM nexus_audience WHERE (workspace_id, stream, "key", seq) IN'
    ' (SELECT workspace_id, stream, "key", seq FROM nexus_audience LIMIT %s)'
)


def empty(caller: Caller, *, keep_agents: bool) -> dict[str, int]:
    """Rows deleted by table. An interrupted run leaves a smaller bus, and running it again finishes.

    The large tables go in steps. Counters and what others wrote meanwhile go in one last step, so that they agree.
    """
    deleted = {model._meta.db_table: 0 for model in CHILDREN_FIRST}
    deleted[Audience._meta.db_table] += _in_steps(_delete_audience)
    for model in LARGE:
        deleted[model._meta.db_table] += _in_steps(partial(_delete_rows, model))
    with db.write_tx(maintenance=True):
        for model in CHILDREN_FIRST:
            deleted[model._meta.db_table] += _delete_rest(model)
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


def _in_steps(delete_batch: Callable[[], int]) -> int:
    total = 0
    while True:
        with db.write_tx(maintenance=True):
            count = delete_batch()
        total += count
        if count < BATCH_ROWS:
            return total


def _delete_rows(model: type[models.Model]) -> int:
    manager: Any = model._default_manager
    keys = list(manager.order_by("pk").values_list("pk", flat=True)[:BATCH_ROWS])
    manager.filter(pk__in=keys).delete()
    return len(keys)


def _delete_audience() -> int:
    with connection.cursor() as cursor:
        cursor.execute(_AUDIENCE_BATCH, [BATCH_ROWS])
        return int(cursor.rowcount)


def _delete_rest(model: type[models.Model]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {model._meta.db_table}")  # noqa: S608 - a constant name
        return int(cursor.rowcount)


def compact() -> bool:
    """Give freed pages back to the disk."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
    return True
