"""kill -9 of a server under the load of several agents: what it acknowledged is there, and everything adds up."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.reliability.stores import miscounted, rows
from tests.serve.conftest import Install, Server

AGENTS, CALLS = 3, 180
PROGRAM = Path(__file__).with_name("busy_agent.py")
Acknowledged = list[tuple[str, dict[str, Any], dict[str, Any]]]


@pytest.fixture
def agents() -> Iterator[Callable[..., list["subprocess.Popen[str]"]]]:
    """`agents(server, folder)` lets agents work, each in a process of its own; none is left at the end."""
    started: list[subprocess.Popen[str]] = []

    def begin(server: Server, folder: Path) -> list["subprocess.Popen[str]"]:
        keys = [server.make_key(f"agent-{number}") for number in range(AGENTS)]
        for number, key in enumerate(keys):
            names = (f"agent-{number}", f"agent-{(number + 1) % AGENTS}")
            command = [sys.executable, str(PROGRAM), str(server.port), key, *names, str(folder)]
            started.append(subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE))
        return started

    yield begin
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def killed(install: Install, servers: Any, agents: Any, tmp_path: Path) -> tuple[Acknowledged, Server]:
    """What the agents were told before their server was killed, and the server that runs on that store now."""
    server = servers(install).wait_until_ready()
    busy = agents(server, tmp_path)
    lines = [process.stdout.readline() for process in busy for _ in range(CALLS // AGENTS)]
    server.process.kill()
    for process in busy:
        lines += process.stdout.readlines()  # communicate() would pass over what readline() has buffered
        assert process.wait(timeout=20) == 0, process.stderr.read()
    return [tuple(json.loads(line)) for line in lines if line.endswith("\n")], servers(install)


def us(text: str) -> int:
    moment = datetime.fromisoformat(text)
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond


def test_a_killed_server_has_kept_all_that_it_acknowledged(killed: tuple[Acknowledged, Server]) -> None:
    told, server = killed
    began = time.monotonic()
    server.wait_until_ready()
    assert time.monotonic() - began < 10
    place = server.install
    assert missing(place, told) == []
    numbers = [row[0] for row in rows(place, "SELECT seq FROM nexus_event ORDER BY seq")]
    assert numbers == list(range(1, len(numbers) + 1))
    assert miscounted(place) == {}


def missing(place: Install, told: Acknowledged) -> list[Any]:
    """Acknowledged facts that the store does not hold: messages, settled and leased deliveries, claims, events."""
    lanes = {
        row[0]: row[1:]
        for row in rows(
            place,
            "SELECT m.message_id, d.lane, d.lease_us, d.attempts FROM nexus_messagedelivery d"
            " JOIN nexus_message m ON m.id = d.message_id",
        )
    }
    handoffs = {
        row[0]: row[1:]
        for row in rows(place, "SELECT handoff_id, status, claimed_by, lease_us, claim_epoch FROM nexus_handoff")
    }
    events = dict(rows(place, "SELECT seq, type FROM nexus_event"))
    lost: list[Any] = []
    for name, asked, data in told:
        match name:
            case "message_create":
                lost += [] if data["message_id"] in lanes and data["event_id"] in events else [data]
            case "inbox_pull":
                lost += [one for one in data["messages"] if not _is_held_or_settled(lanes[one["message_id"]], one)]
            case "inbox_ack":
                lost += [one for one in asked["message_ids"] if lanes[one][0] != 2]
            case "handoff_create":
                lost += [] if data["handoff_id"] in handoffs else [data]
            case "handoff_claim":
                kept = ("CLAIMED", data["claimed_by"], us(data["lease_expires_at"]), data["claim_epoch"])
                lost += [] if handoffs[data["handoff_id"]] == kept else [data]
    return lost


def _is_held_or_settled(row: tuple[Any, ...], told: dict[str, Any]) -> bool:
    lane, lease_us, attempts = row
    return lane == 2 or (lane == 1 and lease_us == us(told["lease_expires_at"]) and attempts == told["attempts"])
