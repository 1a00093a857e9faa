"""Taking events in: batches, a drained file and single events, beside the least that a collector has to do.

`python -m tests.bench.bench_ingest [events]`. The floor parses, canonicalises, hashes, and writes the published
collector's table in SQLite with its default settings and no durability. It is measured before and after each of the
others, which are compared with the mean of the two, because machines change their pace.
"""

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import mean, median
from typing import Any, TypeVar

from tests.bench.bench_waits import percentile
from tests.bench.servers import ROOT, Pulse, engine, store
from tests.bench.telemetry_events import bodies, events

Result = TypeVar("Result")

EVENTS = 200_000
BATCH = 1_000
SINGLES, CLIENTS, CONNECTIONS = 16_000, 2, 4
ROUNDS = 3  # of single events, of which the middle one counts
TABLE = """
CREATE TABLE events(id INTEGER PRIMARY KEY AUTOINCREMENT, event_id TEXT UNIQUE NOT NULL, event_type TEXT NOT NULL,
    version INTEGER NOT NULL, event_ts TEXT NOT NULL, received_ts TEXT NOT NULL, timestamp_source TEXT NOT NULL,
    source TEXT, payload_json TEXT NOT NULL);
CREATE INDEX idx_events_type ON events(event_type);
CREATE INDEX idx_events_ts ON events(event_ts);
"""
INSERT = (
    "INSERT OR IGNORE INTO events(event_id, event_type, version, event_ts, received_ts, timestamp_source, source,"
    " payload_json) VALUES (?, ?, ?, ?, ?, 'producer', 'unknown', ?)"
)


def floor(arrays: list[bytes]) -> float:
    """Events per second of the least that a collector has to do."""
    with tempfile.TemporaryDirectory(prefix="pulse-floor-") as folder:
        connection = sqlite3.connect(f"{folder}/floor.sqlite3", isolation_level=None)
        connection.executescript(f"PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; {TABLE}")
        begun = time.perf_counter()
        for body in arrays:
            rows = [_floor_row(event) for event in json.loads(body)]
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(INSERT, rows)
            connection.execute("COMMIT")
        seconds = time.perf_counter() - begun
        connection.close()
    return len(arrays) * BATCH / seconds


def _floor_row(event: dict[str, Any]) -> tuple[Any, ...]:
    payload = json.dumps(event["payload"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    identity = "\x1f".join((event["event_type"], str(event["version"]), event["timestamp"], payload))
    event_id = hashlib.sha256(identity.encode()).hexdigest()
    return event_id, event["event_type"], event["version"], event["timestamp"], "2026-01-01T00:00:00+00:00", payload


def batches_over_http(arrays: list[bytes]) -> float:
    """Events per second of one client that posts arrays of 1,000 over one connection."""
    import httpx

    with Pulse() as pulse, httpx.Client(base_url=pulse.url, timeout=60) as client:
        begun = time.perf_counter()
        for body in arrays:
            answer = client.post("/v1/events:batch", content=body)
            if answer.json() != {"accepted": BATCH, "skipped": 0, "errors": []}:
                raise SystemExit(answer.text)
        return len(arrays) * BATCH / (time.perf_counter() - begun)


def drained(count: int) -> tuple[float, float]:
    """Events per second of `drain` over one file, and bytes of the store per event beyond its payload."""
    with store() as variables, tempfile.TemporaryDirectory(prefix="pulse-bench-") as folder:
        path = Path(folder) / "queue.jsonl"
        payloads = 0
        with path.open("w") as file:
            for event in events(count):
                payloads += len(json.dumps(event["payload"], separators=(",", ":")))
                file.write(json.dumps(event) + "\n")
        command = [sys.executable, "manage.py", "drain", str(path), "--format", "json"]
        environment = {**os.environ, **variables}
        subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], cwd=ROOT, env=environment, check=True)
        subprocess.run(
            [sys.executable, "manage.py", "version"], cwd=ROOT, env=environment, capture_output=True, check=True
        )
        begun = time.perf_counter()
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
        seconds = time.perf_counter() - begun
        summary = json.loads(done.stdout)
        if summary["accepted"] != count:
            raise SystemExit(done.stdout)
        return count / seconds, _row_bytes(variables, count, payloads)


def _row_bytes(variables: dict[str, str], count: int, payloads: int) -> float:
    if "DATABASE_URL" in variables:
        return 0.0
    connection = sqlite3.connect(Path(variables["PULSE_HOME"]) / "pulse.sqlite3")
    names = "('telemetry_event', 'sqlite_autoindex_telemetry_event_1', 'telemetry_event_foreign', 'telemetry_event_ts',"
    names += " 'telemetry_event_type', 'telemetry_event_source')"
    (size,) = connection.execute(f"SELECT sum(pgsize) FROM dbstat WHERE name IN {names}").fetchone()  # noqa: S608
    connection.close()
    return float(size - payloads) / count


def singles() -> dict[str, float]:
    """Single events over eight keep-alive connections of two client processes."""
    with Pulse() as pulse:
        command = [sys.executable, "-m", "tests.bench.telemetry_client", str(pulse.port), str(CONNECTIONS)]
        processes = [
            subprocess.Popen(
                [*command, str(SINGLES // CLIENTS), str(seed)], cwd=ROOT, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            )
            for seed in range(10, 10 + CLIENTS)
        ]  # fmt: skip
        time.sleep(3)
        cpu = pulse.cpu_seconds()
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        answers = [json.loads(process.communicate()[0]) for process in processes]
        cpu = pulse.cpu_seconds() - cpu
    latencies = [latency for answer in answers for latency in answer["latencies"]]
    seconds = max(answer["seconds"] for answer in answers)
    return {
        "per_second": SINGLES / seconds,
        "p50_ms": percentile(latencies, 0.5),
        "p99_ms": percentile(latencies, 0.99),
        "server_cpu_us": cpu / SINGLES * 1e6,
    }


class Floors:
    """The floor before and after each measurement: what it is compared with is the mean of the two beside it."""

    def __init__(self, arrays: list[bytes]) -> None:
        self._arrays = arrays
        self.found = [floor(arrays)]

    def around(self, measured: Callable[[], Result]) -> tuple[Result, float]:
        """What `measured` answers, and the floor beside it."""
        answer = measured()
        self.found.append(floor(self._arrays))
        return answer, mean(self.found[-2:])


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    arrays = bodies(count, BATCH)
    print(f"-- taking in {count} events, {engine()}")
    floors = Floors(arrays)
    batch, beside_batch = floors.around(lambda: batches_over_http(arrays))
    (drain, row_bytes), beside_drain = floors.around(lambda: drained(count))
    rounds = [floors.around(singles) for _ in range(ROUNDS)]
    ratios = [single["per_second"] / least for single, least in rounds]
    single = next(single for (single, _), ratio in zip(rounds, ratios, strict=True) if ratio == median(ratios))
    print(f"floor                {mean(floors.found):10.0f} /s   ({', '.join(f'{one:.0f}' for one in floors.found)})")
    print(f"batch of 1000, HTTP  {batch:10.0f} /s   {batch / beside_batch:.2f} of the floor (aim 0.6)")
    print(f"drain                {drain:10.0f} /s   {drain / beside_drain:.2f} of the floor (aim 0.6)")
    print(
        f"single, 8 x HTTP     {single['per_second']:10.0f} /s   {median(ratios):.3f} of the floor (aim 0.08; rounds"
        f" {', '.join(f'{ratio:.3f}' for ratio in ratios)})"
    )
    p50, p99 = single["p50_ms"], single["p99_ms"]
    print(f"   p50 {p50:.2f} ms, p99 {p99:.2f} ms (aim 20), server CPU {single['server_cpu_us']:.0f} us an event")
    print(f"a row                {row_bytes:10.0f} bytes beyond its payload (aim 330)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
