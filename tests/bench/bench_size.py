"""Size of the store after 100,000 direct messages: 200 bytes of body, 20 characters of subject, audience rows included.

`python -m tests.bench.bench_size [messages]` prints one JSON object with megabytes in all and by table and index.
"""

import json
import os
import sys
import tempfile
from typing import Any

from tests.bench.servers import engine, store

MESSAGES = 100_000
BATCH = 1_000
AGENTS = 20
LIMIT_MB = 100.0  # of the SQLite file; PostgreSQL's rows and pages carry more of their own


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else MESSAGES
    with store() as variables, tempfile.TemporaryDirectory(prefix="pulse-bench-root-") as project:
        os.environ.update(variables, DJANGO_SETTINGS_MODULE="pulse_project.settings", PULSE_DURABILITY="relaxed")
        import django
        from django.core.management import call_command
        from django.db import connection

        django.setup()
        call_command("migrate", verbosity=0)
        _send(count, project)
        print(f"-- size of the store after {count} direct messages, {engine()}")
        print(json.dumps(_measured(count), indent=2))
        connection.close()
        if connection.vendor == "postgresql":
            connection.close_pool()
    return 0


def _send(count: int, project_root: str) -> None:
    from pulse_project.core import db, executor, flags
    from pulse_project.core.models import Agent
    from pulse_project.core.operations import REGISTRY
    from pulse_project.core.principals import Caller, Kind

    callers = []
    for number in range(AGENTS):
        agent = Agent.objects.create(agent_id=f"agent-{number:02}")
        granted = flags.bus_flags_of(agent.bus_permissions)
        callers.append(Caller(Kind.AGENT, agent.agent_id, flags=granted, agent_pk=agent.pk, transport="mcp"))
    operation = REGISTRY["message_create"]
    for start in range(0, count, BATCH):
        with db.write_tx():
            for number in range(start, min(start + BATCH, count)):
                sender, recipient = callers[number % AGENTS], callers[(number * 7 + 1) % AGENTS]
                arguments = {
                    "project_root": project_root,
                    "from_agent_id": sender.name,
                    "subject": f"subject {number:012}",
                    "body": f"{number:08}" * 25,
                    "target": {"strategy": "direct", "agent_id": recipient.name},
                }
                outcome = executor.call_sync(operation, arguments, sender)
                if outcome.failure:
                    raise outcome.failure


_POSTGRESQL = (
    "SELECT relname, pg_total_relation_size(oid) - CASE relkind WHEN 'r' THEN pg_indexes_size(oid) ELSE 0 END AS size"
    " FROM pg_class WHERE relkind IN ('r', 'i') AND relnamespace = 'public'::regnamespace ORDER BY size DESC"
)
_SQLITE = "SELECT name, SUM(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC"


def _measured(count: int) -> dict[str, Any]:
    from django.db import connection

    is_sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)" if is_sqlite else "VACUUM")
        cursor.execute(_SQLITE if is_sqlite else _POSTGRESQL)
        sizes = {name: size / 1e6 for name, size in cursor.fetchall()}
    total, limit = sum(sizes.values()), LIMIT_MB * count / MESSAGES
    return {
        "messages": count,
        "megabytes": round(total, 1),
        **({"limit": limit, "within": total <= limit} if is_sqlite else {}),
        "by_table": {name: round(size, 2) for name, size in list(sizes.items())[:16]},
    }


if __name__ == "__main__":
    raise SystemExit(main())
