"""Events as the telemetry measurements send them: 20 types, 200 targets, 1,000 phases, 90 days, a 50-byte payload."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

TYPES = ("phase.close", "task.close", "verification.completed", "workflow.next.stop_reason")
OTHERS = tuple(f"tool.step.{number:02}" for number in range(16))
PHASES, TARGETS, REASONS = 1_000, 200, 12
DAYS = 90


def events(count: int, *, seed: int = 1, end: datetime | None = None) -> Iterator[dict[str, Any]]:
    """`count` events in the order of their stamps, evenly over the days before `end` (now)."""
    pick = random.Random(seed)
    last = end or datetime.now(UTC) - timedelta(minutes=1)
    step = timedelta(days=DAYS) / max(1, count)
    first = last - timedelta(days=DAYS)
    for number in range(count):
        kind = (TYPES + OTHERS)[number % 20]
        stamp = (first + step * number).isoformat()
        yield {"event_type": kind, "version": 1, "timestamp": stamp, "payload": _payload(kind, number, pick)}


def _payload(kind: str, number: int, pick: random.Random) -> dict[str, Any]:
    if kind == "phase.close":
        return {"phase": f"{pick.randrange(PHASES)}", "tasks_done": pick.randrange(9), "n": number}
    if kind == "task.close":
        return {"phase": f"{pick.randrange(PHASES)}", "task_id": f"T{number}", "duration_ms": pick.randrange(90_000)}
    if kind == "verification.completed":
        passed = pick.random() < 0.9
        return {
            "target": f"t{pick.randrange(TARGETS)}",
            "passed": passed,
            "checks_total": 9,
            "checks_passed": 8,
            "n": number,
        }
    if kind == "workflow.next.stop_reason":
        return {"stop_reason": f"reason-{pick.randrange(REASONS)}", "n": number}
    return {"n": number, "note": "a step of some tool"}


def bodies(count: int, size: int, **options: Any) -> list[bytes]:
    """The same as JSON arrays of `size` events."""
    found, batch = [], []
    for event in events(count, **options):
        batch.append(event)
        if len(batch) == size:
            found.append(json.dumps(batch).encode())
            batch = []
    return found
