"""Fill a store to size: one inbox with 100,000 read and 1,000 unread deliveries, 100,000 events and open handoffs.

PULSE_HOME=… python -m tests.bench.fill ROOT ROWS
"""

import os
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

UNREAD = 1000
CREATORS = 100


def batches(rows: Iterable[Any], size: int = 2000) -> Iterator[list[Any]]:
    source = iter(rows)
    while batch := list(islice(source, size)):
        yield batch


def fill(root: str, rows: int) -> None:
    from django.db import connection

    from nexus.models import (
        Event,
        Handoff,
        LaneCount,
        Message,
        MessageDelivery,
        MessageEdge,
        MessagePair,
        WorkspaceCount,
    )
    from nexus.workspaces import ensure
    from pulse_project.core import auth, clock, db
    from pulse_project.core.models import LogCounter

    def store(model: Any, objects: Iterable[Any]) -> None:
        for batch in batches(objects):
            with db.write_tx():
                model.objects.bulk_create(batch)

    with db.write_tx():
        workspace = ensure(root, auth.system_caller())[0].pk
        counter, _ = LogCounter.objects.get_or_create(name="nexus")
    now, base = clock.now_us(), counter.head
    first = Message.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    total = rows + UNREAD
    store(Message, (
        Message(pk=first + n, message_id=f"msgfill{first + n:012x}", workspace_id=workspace, from_agent_id="sender",
                actor_key_agent="sender", target="@receiver", subject="twenty characters ok", body="b" * 200,
                recipient_count=1, created_us=now - (total - n) * 1000)
        for n in range(1, total + 1)
    ))  # fmt: skip
    store(MessageDelivery, (
        MessageDelivery(message_id=first + n, recipient="receiver", lane=2 if n <= rows else 0, attempts=int(n <= rows),
                        read_us=now - (total - n) * 1000 if n <= rows else None)
        for n in range(1, total + 1)
    ))  # fmt: skip
    store(Event, (
        Event(seq=base + n, type="message.created", actor="sender", workspace_id=workspace, stream=0, visibility=1,
              principal="agent:sender", audience='["a:receiver","a:sender"]', created_us=now - (rows - n) * 1000,
              payload=f'{{"message_id":"msgfill{first + n:012x}","subject":"twenty characters ok"}}')
        for n in range(1, rows + 1)
    ))  # fmt: skip
    store(Handoff, (
        Handoff(handoff_id=f"hdffill{n:012x}", workspace_id=workspace, from_agent_id=f"creator-{n % CREATORS}",
                target='{"strategy":"broadcast"}', visibility=0, payload="work", created_us=now, updated_us=now)
        for n in range(1, rows + 1)
    ))  # fmt: skip
    audience = [(workspace, 0, key, base + n) for n in range(1, rows + 1) for key in ("a:receiver", "a:sender")]
    handoffs = Handoff.objects.filter(workspace_id=workspace).order_by("pk").values_list("pk", flat=True)
    audience += [(workspace, 9, "*", pk) for pk in handoffs]
    for batch in batches(audience):
        with db.write_tx(), connection.cursor() as cursor:
            cursor.executemany(
                'INSERT INTO nexus_audience (workspace_id, stream, "key", seq, from_us) VALUES (%s, %s, %s, %s, 0)',
                batch,
            )
    with db.write_tx():
        LogCounter.objects.filter(name="nexus").update(head=base + rows)
        LaneCount.objects.update_or_create(agent_id="receiver", defaults={"unread": UNREAD, "read": rows})
        WorkspaceCount.objects.update_or_create(workspace_id=workspace, defaults={"open_handoffs": rows})
        between = {"workspace_id": workspace, "from_agent_id": "sender", "to_agent_id": "receiver"}
        counted = {"message_count": total, "last_us": now}
        MessageEdge.objects.update_or_create(**between, hour=now // 3_600_000_000, defaults=counted)
        MessagePair.objects.update_or_create(**between, defaults={**counted, "unread": UNREAD})
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor == "postgresql" else "PRAGMA wal_checkpoint(TRUNCATE)")


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "pulse_project.settings"
    import django

    django.setup()
    from pulse_project.core.prepare import prepare

    prepare()
    Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    fill(sys.argv[1], int(sys.argv[2]))
