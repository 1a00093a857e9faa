"""Bus events: checked, addressed and appended to the log in the transaction of what they report."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nexus import audience, jsontext, sql
from nexus.models import Stream, Visibility
from nexus.targets import Target
from pulse_project.core import clock, outbox
from pulse_project.core.errors import Code, Failure
from pulse_project.core.principals import Caller

LOG_NAME = "nexus"
STREAMS: Mapping[str, Stream] = {str(s.label): s for s in (Stream.WORKSPACE, Stream.AGENT, Stream.HANDOFF)}
VISIBILITIES: Mapping[str, Visibility] = {str(v.label): v for v in Visibility}

_ROWS = sql.Rows(
    "nexus_event",
    seq="bigint",
    type="text",
    actor="text",
    created_us="bigint",
    workspace_id="bigint",
    stream="smallint",
    visibility="smallint",
    principal="text",
    handoff_id="text",
    task_id="text",
    audience="text",
    payload="text",
)


@dataclass(frozen=True, slots=True)
class Draft:
    """An event without its number."""

    type: str
    actor: str
    created_us: int
    workspace: int
    stream: Stream
    visibility: Visibility
    principal: str
    handoff_id: str | None
    task_id: str | None
    keys: audience.Keys
    payload: str

    def values(self, seq: int) -> tuple[Any, ...]:
        return (
            seq,
            self.type,
            self.actor,
            self.created_us,
            self.workspace,
            int(self.stream),
            int(self.visibility),
            self.principal,
            self.handoff_id,
            self.task_id,
            audience.encode(self.keys),
            self.payload,
        )


def emit(  # noqa: PLR0913 - the published shape of an event, every part keyword-only
    workspace: int,
    type: str,
    *,
    caller: Caller,
    actor: str,
    stream: str = "workspace",
    visibility: str = "public",
    target: Target | None = None,
    payload: Mapping[str, Any],
    handoff: str | None = None,
    task: str | None = None,
    concerns: Iterable[str] = (),
) -> outbox.Pending:
    """Append one event to the running transaction; `Pending.seq` is its public id after the flush.

    `workspace` is the surrogate key. `concerns` are agents that see it whatever its visibility. An event that
    no consumer could read (unknown stream or visibility, blank type) is refused with INTERNAL_ERROR; nothing is stored.
    """
    if stream not in STREAMS or visibility not in VISIBILITIES or not type.strip():
        raise Failure(
            Code.INTERNAL_ERROR, "An event outside the vocabulary was refused.", stream=stream, visibility=visibility
        )
    now_us = clock.now_us()
    level = VISIBILITIES[visibility]
    draft = Draft(
        type=type,
        actor=actor,
        created_us=now_us,
        workspace=workspace,
        stream=STREAMS[stream],
        visibility=level,
        principal=caller.bucket,
        handoff_id=handoff,
        task_id=task,
        keys=audience.event_keys(level, target, actor=actor, created_us=now_us, concerns=concerns),
        payload=jsontext.encode(payload),
    )
    return outbox.current_tx().append(LOG_NAME, draft)


class BusLog:
    """Writes bus events and their audience rows at the flush, before the domain log."""

    name = LOG_NAME
    rank = 0

    def write(self, drafts: Sequence[Draft], first_seq: int) -> None:
        numbered = list(enumerate(drafts, first_seq))
        events = [draft.values(seq) for seq, draft in numbered]
        keys = [
            row for seq, draft in numbered for row in audience.rows(draft.workspace, int(draft.stream), seq, draft.keys)
        ]
        sql.insert_together((audience.ROWS, keys), (_ROWS, events))


outbox.register_log(BusLog())
