"""The registered agents as routing needs them: cached per process, brought up to date by the domain log.

What a transaction reads is kept for others only after its commit, so nothing uncommitted leaks.
"""

import json
import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nexus import sql
from nexus.routing import Reader, capability_names
from nexus.targets import Strategy, Target
from pulse_project.core import db

_MANY_CHANGES = 2000
EVERYBODY = "*"  # the entity of an event about all agents

_HEAD = sql.Statement("SELECT head FROM core_logcounter WHERE name = 'domain'")
_CHANGED = sql.Statement(
    "SELECT entity_id FROM core_domainevent WHERE seq > %s AND seq <= %s AND entity_kind = 'agent'"
)
_EVERYBODY = sql.Statement("SELECT agent_id, role, capabilities FROM core_agent")
_SOME = sql.Statement("SELECT agent_id, role, capabilities FROM core_agent WHERE agent_id {in}")


@dataclass(frozen=True, slots=True)
class Roll:
    """Every registered agent at one position of the domain log."""

    head: int
    readers: Mapping[str, Reader]
    roles: Mapping[str, frozenset[str]] = field(default_factory=dict)
    capabilities: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def matching(self, target: Target) -> set[str]:
        """The registered agents that a target without time or broadcast admits."""
        found: set[str] = set()
        for leaf in target.leaves():
            match leaf.strategy:
                case Strategy.ROLE:
                    found |= self.roles.get(leaf.role, frozenset())
                case Strategy.CAPABILITY:
                    for name in leaf.capabilities:
                        found |= self.capabilities.get(name, frozenset())
                case Strategy.BROADCAST:
                    found |= self.readers.keys()
                case _:
                    found |= {leaf.agent_id} & self.readers.keys()
                    if leaf.fallback is not None:
                        found |= self.matching(leaf.fallback)
        return found


class _Cache(threading.local):
    """One cache a thread: readers and the writer never wait for each other."""

    roll: Roll | None = None

    def __init__(self) -> None:
        self.readers: dict[str, Reader] = {}
        self.head = -1
        self.generation = -1


_cache = _Cache()
_generation = 0


def forget() -> None:
    """Drop what every thread knows: after a reset, in tests."""
    global _generation
    _generation += 1


def is_registered(agent_id: str) -> bool:
    return _find([agent_id]).get(agent_id) is not None


def registered(agent_ids: Iterable[str]) -> set[str]:
    """Those of `agent_ids` that are registered."""
    return set(_find(list(dict.fromkeys(agent_ids))))


def reader(agent_id: str) -> Reader:
    """What routing knows of an agent; an unregistered one has neither role nor capabilities."""
    return _find([agent_id]).get(agent_id) or Reader(agent_id)


def roll() -> Roll:
    """Everybody registered, as this transaction sees it."""
    head = _follow()
    if _cache.roll is not None:
        return _cache.roll
    fresh = _rolled(head, {found.agent_id: found for found in _read(sql.rows(_EVERYBODY))})
    _keep_later(_cache, fresh)
    return fresh


def _keep_later(cache: _Cache, fresh: Roll) -> None:
    generation = _generation

    def keep() -> None:
        if cache.generation == generation and cache.head == fresh.head:
            cache.roll = fresh

    db.after_commit(keep)


def _find(agent_ids: list[str]) -> dict[str, Reader]:
    _follow()
    known = _cache.readers
    found = {agent_id: known[agent_id] for agent_id in agent_ids if agent_id in known}
    missing = [agent_id for agent_id in agent_ids if agent_id not in known]
    if missing:
        read = {one.agent_id: one for one in _read(sql.rows(_SOME, sql.many(missing)))}
        found.update(read)
        cache, generation, head = _cache, _generation, _cache.head

        def keep() -> None:
            if cache.generation == generation and cache.head == head:
                cache.readers.update(read)

        db.after_commit(keep)
    return found


def _follow() -> int:
    """Bring this thread's cache to the head of the domain log: forget the agents that changed since."""
    cache = _cache
    found = sql.row(_HEAD)
    head = int(found[0]) if found else 0
    if cache.generation != _generation or head < cache.head or head - cache.head > _MANY_CHANGES:
        cache.readers, cache.roll, cache.generation, cache.head = {}, None, _generation, head
    elif head > cache.head:
        for (agent_id,) in sql.rows(_CHANGED, cache.head, head):
            if agent_id == EVERYBODY:
                cache.readers = {}
            cache.readers.pop(agent_id, None)
            cache.roll = None
        cache.head = head
    return head


def _read(rows: Iterable[tuple[Any, ...]]) -> Iterable[Reader]:
    for agent_id, role, stored in rows:
        capabilities = json.loads(stored) if isinstance(stored, str) else stored
        yield Reader(agent_id, role, capability_names(capabilities))


def _rolled(head: int, readers: dict[str, Reader]) -> Roll:
    roles: dict[str, set[str]] = defaultdict(set)
    capabilities: dict[str, set[str]] = defaultdict(set)
    for one in readers.values():
        if one.role is not None:
            roles[one.role].add(one.agent_id)
        for name in one.capabilities:
            capabilities[name].add(one.agent_id)
    return Roll(
        head,
        readers,
        {role: frozenset(members) for role, members in roles.items()},
        {name: frozenset(members) for name, members in capabilities.items()},
    )
