"""Reading a million events of 90 days beside ten thousand: every figure and list over HTTP, with `since` at random.

`python -m tests.bench.bench_metrics [events]`. The aim: p95 within 20 ms, and within 1.5 times the small store's p95
plus 2 ms; `/v1/events` within 5 ms; a p99 of ingest that reading at most triples.
"""

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import httpx

from tests.bench.bench_waits import percentile
from tests.bench.servers import ROOT, Pulse, engine
from tests.bench.telemetry_events import DAYS, TARGETS

LARGE, SMALL = 1_000_000, 10_000
ROUNDS = 100
PRODUCED = 3_000
Address = Callable[[random.Random], str]


def _since(pick: random.Random) -> str:
    stamp = datetime.now(UTC) - timedelta(days=DAYS * pick.random())
    return stamp.isoformat()[: pick.choice([10, 13, 16, 19, 26])]


def _span(pick: random.Random) -> str:
    first = datetime.now(UTC) - timedelta(days=DAYS * pick.random())
    last = first + timedelta(days=30 * pick.random())
    return f"from={first:%Y-%m-%dT%H:%M:%S}&to={last:%Y-%m-%dT%H:%M:%S}"


ADDRESSES: dict[str, Address] = {
    "counts": lambda _: "/v1/metrics/counts",
    "counts by source, since": lambda pick: f"/v1/metrics/counts?by=source&since={_since(pick)}",
    "counts by type, since": lambda pick: f"/v1/metrics/counts?since={_since(pick)}",
    "counts, from to": lambda pick: f"/v1/metrics/counts?{_span(pick)}",
    "phases": lambda _: "/v1/metrics/phases",
    "phases, since": lambda pick: f"/v1/metrics/phases?since={_since(pick)}",
    "phases, from to": lambda pick: f"/v1/metrics/phases?{_span(pick)}",
    "stop reasons, since": lambda pick: f"/v1/metrics/stop-reasons?since={_since(pick)}",
    "verification": lambda _: "/v1/metrics/verification",
    "verification, since": lambda pick: f"/v1/metrics/verification?since={_since(pick)}",
    "verification, one target": lambda pick: f"/v1/metrics/verification?target=t{pick.randrange(TARGETS)}",
    "series by hour, 30 days": lambda pick: f"/v1/metrics/series?interval=hour&by=type&{_span(pick)}",
    "durations, since": lambda pick: f"/v1/metrics/durations?since={_since(pick)}",
    "events": lambda _: "/v1/events",
    "events of a type": lambda _: "/v1/events?type=task.close",
    "events, since": lambda pick: f"/v1/events?since={_since(pick)}",
    "events, from to": lambda pick: f"/v1/events?{_span(pick)}",
}
AIM_MS = {name: 5.0 if name.startswith("events") else 20.0 for name in ADDRESSES}


@contextmanager
def filled(count: int) -> Iterator[Pulse]:
    """A server whose store was filled by a process of its own, so that nothing is warm that would not be."""
    with Pulse() as pulse:
        program = f"from tests.bench.bench_metrics import fill; fill({count})"
        variables = {**os.environ, **pulse.env, "DJANGO_SETTINGS_MODULE": "pulse_project.settings"}
        subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=variables, check=True)
        yield pulse


def fill(count: int) -> None:
    """Store events in this process, in transactions of 1,000."""
    import django

    django.setup()
    from pulse_project.core import clock, db
    from telemetry import store
    from telemetry.record import record_of
    from tests.bench.telemetry_events import events

    batch = []
    for event in events(count):
        batch.append(record_of(event, received_us=clock.now_us()))
        if len(batch) == store.MOST_ROWS:
            db.write_here(store.write, batch)
            batch = []
    if batch:
        db.write_here(store.write, batch)


def measured(*servers: Pulse) -> dict[str, list[float]]:
    """The p95 of each address in milliseconds, of each server: they take turns, so that they share every bad moment."""
    found = {}
    picks = [random.Random(7) for _ in servers]
    clients = [httpx.Client(base_url=server.url, timeout=60) for server in servers]
    for name, address in ADDRESSES.items():
        milliseconds: list[list[float]] = [[] for _ in servers]
        for _ in range(ROUNDS):
            for client, pick, times in zip(clients, picks, milliseconds, strict=True):
                begun = time.perf_counter()
                answer = client.get(address(pick))
                times.append((time.perf_counter() - begun) * 1000)
                answer.raise_for_status()
        found[name] = [percentile(times, 0.95) for times in milliseconds]
    for client in clients:
        client.close()
    return found


def ingest_beside_reads(pulse: Pulse) -> tuple[float, float]:
    """The p99 of single events in milliseconds, alone and while two clients read metrics all the time."""
    quiet = _produced(pulse, seed=100)
    ended = threading.Event()
    readers = [threading.Thread(target=_read_until, args=(pulse, ended, seed)) for seed in range(2)]
    for reader in readers:
        reader.start()
    busy = _produced(pulse, seed=101)
    ended.set()
    for reader in readers:
        reader.join()
    return percentile(quiet, 0.99), percentile(busy, 0.99)


def _read_until(pulse: Pulse, ended: threading.Event, seed: int) -> None:
    pick = random.Random(seed)
    with httpx.Client(base_url=pulse.url, timeout=60) as client:
        while not ended.is_set():
            for address in ADDRESSES.values():
                client.get(address(pick)).raise_for_status()
                ended.wait(0.02)


def _produced(pulse: Pulse, *, seed: int) -> list[float]:
    command = [sys.executable, "-m", "tests.bench.telemetry_client", str(pulse.port), "4", str(PRODUCED), str(seed)]
    done = subprocess.run(command, cwd=ROOT, input="go\n", capture_output=True, text=True, check=True)
    latencies: list[float] = json.loads(done.stdout)["latencies"]
    return latencies


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else LARGE
    with filled(SMALL) as few, filled(count) as many:
        found = measured(few, many)
        quiet, busy = ingest_beside_reads(many)
    print(f"-- p95 in ms of reads over {SMALL} and {count} events, {engine()}")
    for name, (small, large) in found.items():
        is_kept = large <= AIM_MS[name] and large <= small * 1.5 + 2
        print(f"{name:28} {small:8.2f} {large:8.2f}   {'ok' if is_kept else 'OVER'}")
    print(
        f"single events, p99: alone {quiet:.2f} ms, while metrics are read {busy:.2f} ms ({busy / quiet:.1f}x, aim 3)"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
