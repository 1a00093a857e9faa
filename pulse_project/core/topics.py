"""What a websocket may follow: kinds of topics, who may follow them, and how a row becomes a frame."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pulse_project.core import clock, domain_feed
from pulse_project.core.principals import Caller, Kind
from pulse_project.core.tail.cursors import Cursors, text_of
from pulse_project.core.tail.entries import Entry, Letter, register_source
from pulse_project.core.tail.feeds import Feed

MAX_NAME = 256
Frame = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class TopicKind:
    """A family of topics, `system` or `agent:<agent_id>`; everything after the colon is the argument.

    `keys(arg)` names the key in each log that the topic follows. `authorise(caller, arg)` runs on the reader pool when
    a caller subscribes and again when rights change. `frame(entry)` is the notice that every subscriber gets, None for
    rows that the topic does not show: {type, at, actor, ref, rev, data}, small, never a body. `visible(entry, caller)`
    decides in memory for one caller. `read(arg, letter, (after, upto), limit)` reads the key's rows by an index, on the
    reader pool, with after < seq <= upto.
    """

    pattern: str
    keys: Callable[[str], Mapping[Letter, str]]
    authorise: Callable[[Caller, str], bool]
    frame: Callable[[Entry], Frame | None]
    visible: Callable[[Entry, Caller], bool]
    read: Callable[[str, Letter, tuple[int, int], int], list[Entry]]

    @property
    def prefix(self) -> str:
        """`agent:` of `agent:<agent_id>`; the whole name of a kind without argument."""
        return self.pattern.split("<", 1)[0]

    @property
    def takes_argument(self) -> bool:
        return "<" in self.pattern


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic that a client named."""

    name: str
    kind: TopicKind
    arg: str

    def authorised(self, caller: Caller) -> bool:
        return self.kind.authorise(caller, self.arg)


_kinds: dict[str, TopicKind] = {}


def register_topic(kind: TopicKind) -> None:
    """Make a kind known; called while apps load."""
    _kinds[kind.prefix] = kind


def unregister_topic(kind: TopicKind) -> None:
    _kinds.pop(kind.prefix, None)


def kinds() -> tuple[TopicKind, ...]:
    return tuple(_kinds.values())


def find_topic(name: str) -> Topic | None:
    """The topic of that name; None when no kind knows it. A kind without argument wins over one with."""
    if not 0 < len(name) <= MAX_NAME:
        return None
    exact = _kinds.get(name)
    if exact is not None and not exact.takes_argument:
        return Topic(name, exact, "")
    prefix, colon, arg = name.partition(":")
    kind = _kinds.get(prefix + colon)
    return Topic(name, kind, arg) if kind is not None and kind.takes_argument and arg else None


def is_watcher(caller: Caller) -> bool:
    """People with a session, the local operator, monitor keys and operators: who may see what concerns everybody."""
    return caller.kind in {Kind.USER, Kind.LOCAL, Kind.MONITOR} or caller.holds("operator.read_all")


def feed_of(topic: Topic, caller: Callable[[], Caller]) -> Feed:
    """A connection's subscription to a topic, in frames of the websocket; `caller` answers its present rights."""
    opening = f'{{"op":"event","topic":{_json(topic.name)},"seq":'
    return Feed(
        name=topic.name,
        keys=topic.kind.keys(topic.arg),
        read=lambda letter, after, upto, limit: topic.kind.read(topic.arg, letter, (after, upto), limit),
        shared=lambda entry: _tail_of(topic.kind.frame(entry)),
        visible=lambda entry: topic.kind.visible(entry, caller()),
        framed=lambda cursor, shared: f'{opening}"{cursor}"{shared}',
        reset=lambda reason, head: _json({"op": "reset", "topic": topic.name, "reason": reason, "head": head}),
        notice=lambda payload: f"{opening}null{_tail_of({'at': clock.iso(clock.now_us()), **payload})}",
    )


def subscribed(topic: Topic, head: Cursors) -> str:
    """The frame that confirms a subscription."""
    return _json({"op": "sub.ok", "topic": topic.name, "head": text_of(head)})


def _tail_of(frame: Frame | None) -> str | None:
    """The members of a frame as JSON text that continues an open object."""
    return None if frame is None else "," + _json(frame)[1:]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def domain_frame(entry: Entry) -> Frame:
    """The notice of a domain row: what changed and to which status, never its payload."""
    row: domain_feed.DomainRow = entry.row
    return {
        "type": row.type,
        "at": clock.iso(row.created_us),
        "actor": {"id": row.actor, "principal": row.principal},
        "ref": {"kind": row.entity_kind, "id": row.entity_id} if row.entity_kind else None,
        "rev": row.entity_revision,
        "data": {"from_status": row.from_status, "to_status": row.to_status} if row.to_status else {},
    }


def _system_frame(entry: Entry) -> Frame:
    """A notice without numbers or values: clients fetch what they may see."""
    return {"type": entry.type, "at": clock.iso(entry.row.created_us), "data": {}}


def _system_read(_arg: str, _letter: Letter, span: tuple[int, int], limit: int) -> list[Entry]:
    return domain_feed.system_rows(span, limit)


register_source(domain_feed.DomainSource())
register_topic(
    TopicKind(
        pattern="system",
        keys=lambda _arg: {"d": domain_feed.SYSTEM_KEY},
        authorise=lambda caller, _arg: is_watcher(caller),
        frame=_system_frame,
        visible=lambda _entry, _caller: True,
        read=_system_read,
    )
)
