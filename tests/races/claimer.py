"""A process that claims handoffs with many threads at once. Reads one JSON task from stdin, writes the wins as JSON.

`{"project": path, "handoffs": [id, ...], "agents": [id, ...], "careful": true}`: one thread per agent, all begin
each handoff together. With `careful` false the conditional UPDATE is replaced by look first, then write.
"""

import json
import sys
import threading
from typing import Any

import django


def main() -> None:
    django.setup()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    task = json.loads(sys.stdin.readline())
    if not task["careful"]:
        _replace_the_conditional_update()
    wins: list[tuple[str, str]] = []
    together = threading.Barrier(len(task["agents"]))
    threads = [threading.Thread(target=_claim_all, args=(task, agent, together, wins)) for agent in task["agents"]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.stdout.write(json.dumps(wins) + "\n")


def _claim_all(task: dict[str, Any], agent: str, together: threading.Barrier, wins: list[tuple[str, str]]) -> None:
    from django.db import connections

    for handoff_id in task["handoffs"]:
        if task["careful"]:
            together.wait()
            won = _claim(task["project"], handoff_id, agent)
        else:
            was_open = _is_open(handoff_id)
            together.wait()
            won = was_open and _claim(task["project"], handoff_id, agent)
        if won:
            wins.append((handoff_id, agent))
    connections.close_all()


def _is_open(handoff_id: str) -> bool:
    from nexus.models import Handoff

    return Handoff.objects.filter(handoff_id=handoff_id, status="OPEN").exists()


def _claim(project: str, handoff_id: str, agent: str) -> bool:
    """Whether this claim won. Anything but a win or a lost race is a fault of the test."""
    from pulse_project.core import executor, flags
    from pulse_project.core.operations import REGISTRY
    from pulse_project.core.principals import Caller, Kind

    caller = Caller(Kind.AGENT, agent, flags=flags.declared())
    arguments = {"project_root": project, "handoff_id": handoff_id, "agent_id": agent}
    while True:
        failure = executor.call_sync(REGISTRY["handoff_claim"], arguments, caller).failure
        if failure is None:
            return True
        if failure.code == "HANDOFF_ALREADY_CLAIMED":
            return False
        if not failure.details.get("retryable"):
            raise AssertionError(f"{failure} {failure.details}")


def _replace_the_conditional_update() -> None:
    from nexus import handoffs, sql

    careless = handoffs.CLAIM.postgres.replace(" AND status = 'OPEN'", "")
    handoffs.CLAIM = sql.Statement(careless)


if __name__ == "__main__":
    main()
