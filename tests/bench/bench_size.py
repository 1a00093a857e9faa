"""Size of the store after 100,000 direct messages: 200 bytes of body, 20 characters of subject, audience rows included.

`python -m tests.bench.bench_size [messages]` prints one JSON object with megabytes in all and by table and index.
"""

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

MESSAGES = 100_000
BATCH = 1_000
AGENTS = 20
LIMIT_MB = 100.0


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else MESSAGES
    home = Path(tempfile.mkdtemp(prefix="pulse-size-"))
    os.environ.update(PULSE_HOME=str(home), DJANGO_SETTINGS_MODULE="pulse_project.settings", PULSE_DURABILITY="relaxed")
    try:
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        _send(count, str(_project(home)))
        print(json.dumps(_measured(count), indent=2))
    finally:
        shutil.rmtree(home, ignore_errors=True)
        shutil.rmtree(_project(home), ignore_errors=True)
    return 0


def _project(home: Path) -> Path:
    project = home.with_name(home.name + "-project")
    project.mkdir(exist_ok=True)
    return project


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


def _measured(count: int) -> dict[str, Any]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.execute("SELECT name, SUM(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC LIMIT 16")
        parts = {name: round(size / 1e6, 2) for name, size in cursor.fetchall()}
    total = os.path.getsize(connection.settings_dict["NAME"]) / 1e6
    return {
        "messages": count,
        "megabytes": round(total, 1),
        "limit": LIMIT_MB * count / MESSAGES,
        "within": total <= LIMIT_MB * count / MESSAGES,
        "by_table": parts,
    }


if __name__ == "__main__":
    raise SystemExit(main())
