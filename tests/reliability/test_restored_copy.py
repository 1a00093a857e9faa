"""An older copy of the database file takes the place of the store: its clients are told when they come back."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import connect

from tests.serve.conftest import Install, Server

BEFORE, AFTER = 3, 5


def send(server: Server, key: str, root: Path, count: int) -> int:
    """Send that many broadcasts; the number of the last event."""
    for _ in range(count):
        status, body = server.call(
            key, "message_create", project_root=str(root), from_agent_id="builder", subject="s", body="b"
        )
        assert status == 200
    return int(json.loads(body["result"]["content"][0]["text"])["data"]["event_id"])


async def frames(server: Server, key: str, after: str | None, kinds: tuple[str, ...]) -> list[dict[str, Any]]:
    """Follow the agent's topic until one frame of each kind has come; answers these."""
    found: list[dict[str, Any]] = []
    address = f"ws://127.0.0.1:{server.port}/ws/live/"
    async with connect(address, additional_headers={"X-API-Key": key}, proxy=None) as socket:
        await socket.send(json.dumps({"op": "sub", "topics": [{"name": "agent:builder", "after": after}]}))
        for kind in kinds:
            while not found or found[-1]["op"] != kind:
                found.append(json.loads(await socket.recv()))
    return [frame for frame in found if frame["op"] in kinds]


def swap(place: Install, copy: Path) -> None:
    for name in ("pulse.sqlite3", "pulse.sqlite3-wal", "pulse.sqlite3-shm"):
        (place.home / name).unlink(missing_ok=True)
    copy.rename(place.database)


async def test_clients_of_a_replaced_store_start_over(sqlite_install: Install, servers: Any, tmp_path: Path) -> None:
    server = servers(sqlite_install).wait_until_ready()
    key = server.make_key()
    send(server, key, tmp_path, BEFORE)
    copy = tmp_path / "copy"
    with closing(sqlite3.connect(sqlite_install.database)) as raw:
        raw.execute("VACUUM INTO ?", [str(copy)])
    known = send(server, key, tmp_path, AFTER)
    ((_, *_, last),) = [await frames(server, key, "n0d0", ("sub.ok", "event"))]
    assert server.stop()[0] == 0
    swap(sqlite_install, copy)
    again = servers(sqlite_install).wait_until_ready()
    send(again, key, tmp_path, AFTER)
    (reset,) = await frames(again, key, f"n{known}{last['seq'][last['seq'].index('d') :]}", ("reset",))
    assert reset["reason"] == "rewound"
    assert streamed(again, key, known).startswith("event: reset")
    place = {"project_root": str(tmp_path), "agent_id": "builder", "stream": "workspace", "cursor": known}
    refused = json.loads(again.call(key, "event_get", **place)[1]["result"]["content"][0]["text"])
    assert refused["error"]["details"]["head"] > 1_000_000


def streamed(server: Server, key: str, known: int) -> str:
    """The first event of the stream that resumes after `known`, without its number."""
    headers = {"X-API-Key": key, "Last-Event-ID": str(known)}
    with httpx.stream("GET", f"{server.base}/api/v1/nexus/stream", headers=headers, timeout=10) as answer:
        lines = answer.iter_lines()
        return next(line for line in lines if line.startswith("event:"))
