"""A process that stores the same events with many threads at once. Reads one JSON task from stdin.

`{"events": [...], "threads": 3, "careful": true}`: every thread stores all events, in an order and in portions of its
own. Writes the numbers `n` of the events that each thread was told are new. With `careful` false a thread asks first
which events are there, and calls all others new.
"""

import json
import random
import sys
import threading
from typing import Any

import django

PORTIONS = (1, 7, 40)


def main() -> None:
    django.setup()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    task = json.loads(sys.stdin.readline())
    new: list[int] = []
    together = threading.Barrier(task["threads"])
    threads = [
        threading.Thread(target=_store_all, args=(task, number, together, new)) for number in range(task["threads"])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.stdout.write(json.dumps(new) + "\n")


def _store_all(task: dict[str, Any], number: int, together: threading.Barrier, new: list[int]) -> None:
    from django.db import connections

    events = list(task["events"])
    random.Random(number).shuffle(events)
    portion = PORTIONS[number % len(PORTIONS)]
    missing = [] if task["careful"] else _missing(events)
    together.wait()
    for start in range(0, len(events), portion):
        told = _store(events[start : start + portion])
        if task["careful"]:
            new += told
    new += missing
    connections.close_all()


def _store(events: list[dict[str, Any]]) -> list[int]:
    """The numbers of those that the store calls new."""
    from pulse_project.core import clock, db
    from telemetry import store
    from telemetry.record import record_of

    records = [record_of(event, received_us=clock.now_us()) for event in events]
    stored = db.write_here(store.write, records)
    return [event["payload"]["n"] for event, one in zip(events, stored, strict=True) if not one.is_duplicate]


def _missing(events: list[dict[str, Any]]) -> list[int]:
    from telemetry.models import Event
    from telemetry.record import record_of

    known = {bytes(found) for found in Event.objects.values_list("event_id", flat=True)}
    return [event["payload"]["n"] for event in events if record_of(event, received_us=0).event_id not in known]


if __name__ == "__main__":
    main()
