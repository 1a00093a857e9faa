"""Emptying the bus table by table, children first, in steps that leave the write lock free between them."""

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
from pulse_project.core.steps import in_steps

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
    ends = {model: _newest(model) for model in LARGE}
    newest = _newest(Message)
    deleted[Audience._meta.db_table] += in_steps(audience.remove_first)[0]
    for model, end in ends.items():
        deleted[model._meta.db_table] += in_steps(partial(_delete_rows, model, end))[0]
    deleted[Message._meta.db_table] += in_steps(partial(_delete_messages, newest))[0]
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


def _newest(model: type[models.Model]) -> int:
    manager: Any = model._default_manager
    return manager.order_by("-pk").values_list("pk", flat=True).first() or 0


def _delete_rows(model: type[models.Model], end: int, limit: int) -> int:
    """The oldest rows up to `end`, of a table to which no other one refers."""
    manager: Any = model._default_manager
    keys = list(manager.filter(pk__lte=end).order_by("pk").values_list("pk", flat=True)[:limit])
    if keys:
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {model._meta.db_table} WHERE {model._meta.pk.column} <= %s", [keys[-1]])  # noqa: S608 - constant names
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


def compact() -> bool:
    """Give freed pages back to the disk."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
    return True
