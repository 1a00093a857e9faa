"""Fill a store to size: one inbox with 100,000 read and 1,000 unread deliveries, 100,000 events and open handoffs.

PULSE_HOME=… python -m tests.bench.fill ROOT ROWS
"""

import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

UNREAD = 1000
CREATORS = 100


def batches(rows: Iterable[Any], size: int = 2000) -> Iterator[list[Any]]:
    source = iter(rows)
    while batch := list(islice(source, size)):
        yield batch


@dataclass(frozen=True)
class Ground:
    """What the rows stand on: the workspace, the last numbers in use, the time, and how many rows are wanted."""

    workspace: int
    first_message: int
    head: int
    now_us: int
    rows: int

    @property
    def messages(self) -> range:
        return range(1, self.rows + UNREAD + 1)

    def moment(self, number: int) -> int:
        return self.now_us - (self.rows + UNREAD - number) * 1000

    def message_id(self, number: int) -> str:
        return f"msgfill{self.first_message + number:012x}"


def lay_ground(root: str, rows: int) -> Ground:
    from nexus.models import Message
    from nexus.workspaces import ensure
    from pulse_project.core import auth, clock, db
    from pulse_project.core.models import LogCounter

    with db.write_tx():
        workspace = ensure(root, auth.system_caller())[0].pk
        counter, _ = LogCounter.objects.get_or_create(name="nexus")
    first = Message.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return Ground(workspace, first, counter.head, clock.now_us(), rows)


def store(model: Any, objects: Iterable[Any]) -> None:
    from pulse_project.core import db

    for batch in batches(objects):
        with db.write_tx():
            model.objects.bulk_create(batch)


def messages(ground: Ground) -> Iterator[Any]:
    from nexus.models import Message

    for n in ground.messages:
        yield Message(
            pk=ground.first_message + n, message_id=ground.message_id(n), workspace_id=ground.workspace,
            from_agent_id="sender", actor_key_agent="sender", target="@receiver", subject="twenty characters ok",
            body="b" * 200, recipient_count=1, created_us=ground.moment(n),
        )  # fmt: skip


def deliveries(ground: Ground) -> Iterator[Any]:
    from nexus.models import MessageDelivery

    for n in ground.messages:
        is_read = n <= ground.rows
        yield MessageDelivery(
            message_id=ground.first_message + n, recipient="receiver", lane=2 if is_read else 0, attempts=int(is_read),
            read_us=ground.moment(n) if is_read else None,
        )  # fmt: skip


def events(ground: Ground) -> Iterator[Any]:
    from nexus.models import Event

    for n in range(1, ground.rows + 1):
        payload = f'{{"message_id":"{ground.message_id(n)}","subject":"twenty characters ok"}}'
        yield Event(
            seq=ground.head + n, type="message.created", actor="sender", workspace_id=ground.workspace, stream=0,
            visibility=1, principal="agent:sender", audience='["a:receiver","a:sender"]', payload=payload,
            created_us=ground.moment(n),
        )  # fmt: skip


def handoffs(ground: Ground) -> Iterator[Any]:
    from nexus.models import Handoff

    for n in range(1, ground.rows + 1):
        yield Handoff(
            handoff_id=f"hdffill{n:012x}", workspace_id=ground.workspace, from_agent_id=f"creator-{n % CREATORS}",
            target='{"strategy":"broadcast"}', visibility=0, payload="work", created_us=ground.now_us,
            updated_us=ground.now_us,
        )  # fmt: skip


def audience(ground: Ground) -> Iterator[tuple[int, int, str, int]]:
    from nexus.models import Handoff

    for n in range(1, ground.rows + 1):
        for key in ("a:receiver", "a:sender"):
            yield ground.workspace, 0, key, ground.head + n
    for pk in Handoff.objects.filter(workspace_id=ground.workspace).values_list("pk", flat=True):
        yield ground.workspace, 9, "*", pk


def store_audience(ground: Ground) -> None:
    from django.db import connection

    from pulse_project.core import db

    for batch in batches(list(audience(ground))):
        with db.write_tx(), connection.cursor() as cursor:
            cursor.executemany(
                'INSERT INTO nexus_audience (workspace_id, stream, "key", seq, from_us) VALUES (%s, %s, %s, %s, 0)',
                batch,
            )


def store_counters(ground: Ground) -> None:
    from nexus.models import LaneCount, MessageEdge, MessagePair, WorkspaceCount
    from pulse_project.core import db
    from pulse_project.core.models import LogCounter

    between = {"workspace_id": ground.workspace, "from_agent_id": "sender", "to_agent_id": "receiver"}
    counted = {"message_count": len(ground.messages), "last_us": ground.now_us}
    with db.write_tx():
        LogCounter.objects.filter(name="nexus").update(head=ground.head + ground.rows)
        LaneCount.objects.update_or_create(agent_id="receiver", defaults={"unread": UNREAD, "read": ground.rows})
        WorkspaceCount.objects.update_or_create(workspace_id=ground.workspace, defaults={"open_handoffs": ground.rows})
        MessageEdge.objects.update_or_create(**between, hour=ground.now_us // 3_600_000_000, defaults=counted)
        MessagePair.objects.update_or_create(**between, defaults={**counted, "unread": UNREAD})


def fill(root: str, rows: int) -> None:
    from django.core.management.color import no_style
    from django.db import connection

    from nexus.models import Event, Handoff, Message, MessageDelivery

    ground = lay_ground(root, rows)
    store(Message, messages(ground))
    store(MessageDelivery, deliveries(ground))
    store(Event, events(ground))
    store(Handoff, handoffs(ground))
    store_audience(ground)
    store_counters(ground)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return
        for statement in connection.ops.sequence_reset_sql(no_style(), [Message]):
            cursor.execute(statement)
        cursor.execute("VACUUM ANALYZE")


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "pulse_project.settings"
    import django

    django.setup()
    from pulse_project.core.prepare import prepare

    prepare()
    Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    fill(sys.argv[1], int(sys.argv[2]))
