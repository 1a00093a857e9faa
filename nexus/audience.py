"""Audience keys: what a target and a visibility become in the index, and what a reader looks for there.

`*` everybody in the workspace, `a:<agent>`, `r:<role>`, `c:<capability>`; a long name is replaced by its
hash. A key may open later (`from_us`), which is how a fallback waits for its time.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

from nexus import jsontext, sql
from nexus.models import Stream, Visibility
from nexus.routing import Reader
from nexus.targets import Strategy, Target

Keys = Mapping[str, int]  # key -> from_us, 0 = at once

EVERYBODY = "*"
_LONGEST_PLAIN = 130
_RANGES_AT_ONCE = 40

ROWS = sql.Rows("nexus_audience", workspace_id="bigint", stream="smallint", key="text", seq="bigint", from_us="bigint")
_REMOVE = sql.Statement("DELETE FROM nexus_audience WHERE workspace_id = %s AND stream = %s AND key = %s AND seq = %s")
_REMOVE_RANGE = sql.Statement(
    "DELETE FROM nexus_audience WHERE workspace_id = %s AND stream = %s AND key = %s AND seq > %s AND seq <= %s"
)
_NEXT = sql.Statement(
    "SELECT workspace_id, stream, key, seq FROM nexus_audience"
    " WHERE (workspace_id, stream, key, seq) > (%s, %s, %s, %s) ORDER BY workspace_id, stream, key, seq LIMIT %s"
)
_RANGE = (
    "SELECT seq FROM (SELECT seq FROM nexus_audience WHERE workspace_id = %s AND stream = %s AND key = %s AND seq > %s"
    " AND from_us <= %s ORDER BY seq LIMIT %s) AS range{n}"
)


def key(kind: str, name: str) -> str:
    """`a:bob`; names too long for an index become `A:` and their hash."""
    if len(name) <= _LONGEST_PLAIN:
        return f"{kind}:{name}"
    return f"{kind.upper()}:{sha256(name.encode()).hexdigest()}"


def agent_key(agent_id: str) -> str:
    return key("a", agent_id)


def reader_keys(reader: Reader) -> tuple[str, ...]:
    """Every key that `reader` answers to."""
    keys = [EVERYBODY, agent_key(reader.agent_id)]
    if reader.role is not None:
        keys.append(key("r", reader.role))
    keys.extend(key("c", name) for name in sorted(reader.capabilities))
    return tuple(keys)


def target_keys(target: Target, *, created_us: int, from_us: int = 0) -> dict[str, int]:
    """The keys of those whom `target` makes eligible, each with the time it opens."""
    found: dict[str, int] = {}
    match target.strategy:
        case Strategy.DIRECT:
            found[agent_key(target.agent_id)] = from_us
        case Strategy.CAPABILITY:
            found.update((key("c", name), from_us) for name in target.capabilities)
        case Strategy.ROLE:
            found[key("r", target.role)] = from_us
        case Strategy.BROADCAST:
            found[EVERYBODY] = from_us
        case Strategy.MIXED:
            for rule in target.rules:
                _merge(found, target_keys(rule, created_us=created_us, from_us=from_us))
        case Strategy.DIRECT_WITH_FALLBACK:
            found[agent_key(target.agent_id)] = from_us
            if target.fallback is not None:
                opens_us = max(from_us, created_us + target.fallback_after_us)
                _merge(found, target_keys(target.fallback, created_us=created_us, from_us=opens_us))
    return found


def event_keys(
    visibility: Visibility, target: Target | None, *, actor: str, created_us: int, concerns: Iterable[str] = ()
) -> dict[str, int]:
    """The keys of an event: its visibility's, the agents it concerns, and always its actor's own.

    A target-less event that is not public is for its actor and those it concerns.
    """
    found: dict[str, int] = {EVERYBODY: 0} if visibility is Visibility.PUBLIC else {}
    if target is not None and visibility is not Visibility.PUBLIC:
        _merge(found, target_keys(target, created_us=created_us))
    named = [leaf.agent_id for leaf in target.leaves() if leaf.agent_id] if target is not None else []
    for agent_id in (*named, *concerns, actor):
        if agent_id:
            found[agent_key(agent_id)] = 0
    return found


def _merge(into: dict[str, int], more: Keys) -> None:
    for name, from_us in more.items():
        into[name] = min(from_us, into.get(name, from_us))


def encode(keys: Keys) -> str:
    """The compact JSON that an event carries: `["a:bob", ["*", 1700000000000000]]`."""
    return jsontext.encode([name if not from_us else [name, from_us] for name, from_us in keys.items()])


def decode(text: str) -> dict[str, int]:
    """The keys of an event. A spoilt row has none, so that it is nobody's and never stands in the way of others."""
    try:
        return dict((item, 0) if isinstance(item, str) else (str(item[0]), int(item[1])) for item in json.loads(text))
    except (ValueError, TypeError, LookupError):
        return {}


def admits(keys: Keys, mine: Iterable[str], *, now_us: int) -> bool:
    """Whether one of a reader's keys is open: the check that the hub does in memory."""
    return any(keys.get(name, now_us + 1) <= now_us for name in mine)


Row = tuple[int, int, str, int, int]  # workspace, stream, key, seq, from_us


def rows(workspace: int, stream: int, seq: int, keys: Keys) -> list[Row]:
    return [(workspace, stream, name, seq, from_us) for name, from_us in keys.items()]


def add(rows_to_add: Sequence[Row]) -> None:
    """Index events or open handoffs; inside a write transaction."""
    ROWS.insert(rows_to_add)


def remove(workspace: int, stream: int, seq: int, keys: Iterable[str]) -> None:
    sql.change_many(_REMOVE, [(workspace, stream, name, seq) for name in keys])


def remove_span(span: tuple[int, int], subjects: Iterable[tuple[int, int, str]]) -> None:
    """Drop the index of span[0] < seq <= span[1], for every (workspace, stream, key) that a row in it has."""
    sql.change_many(_REMOVE_RANGE, [(*subject, *span) for subject in sorted(set(subjects))])


class Walk:
    """Drops the whole index from its beginning, `limit` rows a call; what is gone is not passed over again."""

    def __init__(self) -> None:
        self._place: tuple[int, int, str, int] = (-1, -1, "", -1)

    def __call__(self, limit: int) -> int:
        found = sql.rows(_NEXT, *self._place, limit)
        ends = {row[:3]: (row[3] - 1, row[3]) for row in reversed(found)}
        for row in found:
            ends[row[:3]] = (ends[row[:3]][0], row[3])
        sql.change_many(_REMOVE_RANGE, [(*subject, *span) for subject, span in ends.items()])
        if found:
            self._place = tuple(found[-1])
        return len(found)


def visible(workspace: int, stream: Stream, keys: Sequence[str], *, after: int, limit: int, now_us: int) -> list[int]:
    """The lowest `limit` numbers above `after` that one of `keys` sees, ascending. Cost: one index range per key."""
    found: set[int] = set()
    for start in range(0, len(keys), _RANGES_AT_ONCE):
        chunk = keys[start : start + _RANGES_AT_ONCE]
        statement = _union(len(chunk))
        values = [value for name in chunk for value in (workspace, int(stream), name, after, now_us, limit)]
        found.update(row[0] for row in sql.rows(statement, *values))
    return sorted(found)[:limit]


_unions: dict[int, sql.Statement] = {}


def _union(count: int) -> sql.Statement:
    if count not in _unions:
        _unions[count] = sql.Statement(" UNION ".join(_RANGE.format(n=n) for n in range(count)))
    return _unions[count]
