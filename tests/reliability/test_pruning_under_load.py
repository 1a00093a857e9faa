"""Retention and reset while agents write and read: nobody is refused for long, and everything adds up afterwards."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.reliability.stores import append_old_events, miscounted, rows
from tests.reliability.visitors import Visitor
from tests.serve.conftest import Install, Server

OLD = 100_000
LONG_AGO_US = 1_600_000_000_000_000
Crowd = tuple[list[Visitor], list[Visitor]]


@pytest.fixture
def server(install: Install, servers: Any) -> Server:
    found: Server = servers(install, PULSE_RATE_LIMIT_PER_MINUTE="0").wait_until_ready()
    return found


@pytest.fixture
def crowd(server: Server, tmp_path: Path) -> Iterator[Crowd]:
    """Writers and readers at work."""
    keys = {name: server.make_key(name) for name in ("alice", "bob")}
    place = {"project_root": str(tmp_path)}

    def writer(name: str, peer: str) -> Visitor:
        target = {"strategy": "direct", "agent_id": peer}
        letter = {"from_agent_id": name, "target": target, "subject": "s", "body": "b", **place}
        return Visitor(server, keys[name], "message_create", **letter)

    writers = [writer("alice", "bob"), writer("bob", "alice")]
    assert writers[0].call()["ok"]
    append_old_events(server.install, OLD, created_us=LONG_AGO_US)
    readers = [
        Visitor(server, keys["alice"], "event_get", agent_id="alice", stream="workspace", **place),
        Visitor(server, keys["bob"], "inbox_pull", agent_id="bob", limit=5),
    ]
    with ExitStack() as stack:
        for visitor in (*writers, *readers):
            stack.enter_context(visitor)
        yield writers, readers
    assert all(not visitor.is_alive() for visitor in (*writers, *readers))


def ordered(server: Server, path: str, **body: Any) -> Any:
    answer = httpx.post(f"{server.base}/api/v1/nexus/admin/{path}", json=body, timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def test_pruning_a_long_log_lets_writers_pass(server: Server, crowd: Crowd) -> None:
    writers, readers = crowd
    for visitor in writers:
        visitor.seconds.clear()
    report = ordered(server, "prune", dry_run=False, events_keep_days=30)
    slowest = max(visitor.p95_seconds() for visitor in writers)
    assert (report["tables"]["events"]["complete"], slowest < 0.25) == (True, True)
    assert [visitor.failures for visitor in (*writers, *readers)] == [[], [], [], []]
    assert (leftovers(server.install), resumed_stream(server)) == ([0, 0, True], "reset")


def leftovers(place: Install) -> list[Any]:
    """Old events, their index rows, and whether the floor tells of them."""
    ((events, keys, floor),) = rows(
        place,
        "SELECT (SELECT COUNT(*) FROM nexus_event WHERE actor = 'old'),"
        " (SELECT COUNT(*) FROM nexus_audience WHERE \"key\" = 'a:old'), floor FROM core_logcounter"
        " WHERE name = 'nexus'",
    )
    return [events, keys, floor >= OLD]


def resumed_stream(server: Server) -> str:
    """The kind of the first event of a stream that resumes below the floor."""
    address = f"{server.base}/api/v1/nexus/stream"
    with httpx.stream("GET", address, headers={"Last-Event-ID": "5"}, timeout=10) as answer:
        return next(line for line in answer.iter_lines() if line.startswith("event: ")).removeprefix("event: ")


def test_a_reset_under_load_leaves_counters_that_agree(server: Server, crowd: Crowd) -> None:
    writers, readers = crowd
    ordered(server, "reset", keep_agents=True)
    for visitor in writers:
        visitor.seconds.clear()
    while min(len(visitor.seconds) for visitor in writers) < 10:
        time.sleep(0.02)
    failures = [failure for visitor in (*writers, *readers) for failure in visitor.failures]
    for visitor in (*writers, *readers):
        visitor.__exit__()
    assert all(failure["details"]["retryable"] for failure in failures), failures
    assert miscounted(server.install) == {}
    assert is_gapless(server.install)


def is_gapless(place: Install) -> bool:
    floor, head = rows(place, "SELECT floor, head FROM core_logcounter WHERE name = 'nexus'")[0]
    kept = [row[0] for row in rows(place, "SELECT seq FROM nexus_event ORDER BY seq")]
    return kept == list(range(floor + 1, head + 1))
