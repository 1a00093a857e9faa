"""When agents and keys were last seen: kept in memory, written in one go at most once a second and at the end.

Reading never waits for a write: `last_seen_us` answers what this process knows beyond the stored value.
"""

import asyncio
import logging
import threading

from django.db import DatabaseError, connection

from pulse_project.core import clock, db
from pulse_project.core.errors import Failure

FLUSH_SECONDS = 1.0
logger = logging.getLogger("pulse.presence")

_agents: dict[str, int] = {}
_unwritten_agents: dict[str, int] = {}
_unwritten_keys: dict[int, int] = {}
_swap = threading.Lock()


def touch(agent_id: str) -> None:
    """The agent was seen now."""
    _agents[agent_id] = _unwritten_agents[agent_id] = clock.now_us()


def used(key_pk: int, agent_id: str | None) -> None:
    """The key was used now, by its agent if it has one."""
    now = clock.now_us()
    _unwritten_keys[key_pk] = now
    if agent_id is not None:
        _agents[agent_id] = _unwritten_agents[agent_id] = now


def last_seen_us(agent_id: str) -> int | None:
    """The last time this process saw the agent (microseconds), None when it did not; newer than the store's value."""
    return _agents.get(agent_id)


def forget() -> None:
    """For tests and after a reset: nothing was seen."""
    for seen in (_agents, _unwritten_agents, _unwritten_keys):
        seen.clear()


def flush() -> int:
    """Write what is new, in this thread; answers the number of rows. What failed stays for the next time."""
    global _unwritten_agents, _unwritten_keys
    with _swap:
        agents, _unwritten_agents = _unwritten_agents, {}
        keys, _unwritten_keys = _unwritten_keys, {}
    if not agents and not keys:
        return 0
    try:
        with db.write_tx():
            _write("core_agent", "last_seen_at", "agent_id", agents)
            _write("core_apikey", "last_used_at", "id", keys)
    except (DatabaseError, Failure):
        _unwritten_agents = {**agents, **_unwritten_agents}
        _unwritten_keys = {**keys, **_unwritten_keys}
        raise
    return len(agents) + len(keys)


def _write(table: str, column: str, key: str, seen: "dict[str, int] | dict[int, int]") -> None:
    adapt = connection.ops.adapt_datetimefield_value
    rows = sorted((name, adapt(clock.from_us(at_us))) for name, at_us in seen.items())  # one order: no deadlock
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {table} SET {column} = %s WHERE {key} = %s AND ({column} IS NULL OR {column} < %s)",  # noqa: S608
            [(at, name, at) for name, at in rows],
        )


def is_dirty() -> bool:
    return bool(_unwritten_agents or _unwritten_keys)


async def run() -> None:
    """Flush once a second for as long as the task lives; a store that is away is tried again."""
    while True:
        await asyncio.sleep(FLUSH_SECONDS)
        await flush_soon()


async def flush_soon() -> None:
    if not is_dirty():
        return
    try:
        await db.in_write(flush)
    except (DatabaseError, Failure) as fault:
        logger.warning("presence waits for the store: %s", fault)
