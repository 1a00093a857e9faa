"""A disk that is full or read-only under a running server: reading goes on, and writing does once it is seen to."""

import resource
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.db import connection

from pulse_project.core import readiness
from tests.conftest import run
from tests.serve.conftest import Install, Server

LETTER = {"from_agent_id": "builder", "subject": "s", "body": "b" * 2000}


def fill_up(server: Server, key: str, root: Path) -> dict[str, Any]:
    """Send until the disk takes no more; the refusal."""
    for _ in range(500):
        headers = {"X-API-Key": key}
        answer = httpx.post(
            f"{server.base}/api/v1/ops/message_create", json={**LETTER, "project_root": str(root)}, headers=headers
        ).json()
        if not answer["ok"]:
            return dict(answer["error"])
    raise AssertionError("the disk took everything")


def test_a_disk_that_fills_up_stops_writes_only(sqlite_install: Install, servers: Any, tmp_path: Path) -> None:
    server = servers(sqlite_install, PULSE_MIN_FREE_MIB="0", PULSE_RATE_LIMIT_PER_MINUTE="0").wait_until_ready()
    key = server.make_key()
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (256 << 10, hard))
    refusal = fill_up(server, key, tmp_path)
    assert (refusal["code"], refusal["details"]["reason"]) == ("DB_ERROR", "storage_full")
    assert seen_while_full(server, key) == [200, 503, 200, "text/event-stream; charset=utf-8"]
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
    assert server.ask("/readyz")[0] == 200
    assert server.call(key, "message_create", **LETTER, project_root=str(tmp_path))[0] == 200


def seen_while_full(server: Server, key: str) -> list[Any]:
    """Life, readiness, a read, and a stream."""
    seen: list[Any] = [server.ask(path)[0] for path in ("/livez", "/readyz")]
    seen.append(server.ask("/api/v1/ops/inbox_count", body={"agent_id": "builder"}, headers={"X-API-Key": key})[0])
    with httpx.stream("GET", f"{server.base}/api/v1/nexus/stream", headers={"X-API-Key": key}, timeout=10) as stream:
        return [*seen, stream.headers["content-type"]]


@pytest.fixture
def read_only() -> Iterator[Callable[[bool], None]]:
    """`read_only(True)` turns this thread's connection read-only, as a disk does that was mounted anew."""
    words = {
        "sqlite": "PRAGMA query_only = {}",
        "postgresql": "SET default_transaction_read_only = {}",
    }

    def turn(on: bool) -> None:
        with connection.cursor() as cursor:
            cursor.execute(words[connection.vendor].format("on" if on else "off"))

    yield turn
    turn(False)


@pytest.mark.django_db(transaction=True)
def test_a_store_that_turns_read_only_refuses_writes_and_recovers(
    make_agent: Any, read_only: Callable[[bool], None], tmp_path: Path
) -> None:
    builder = make_agent("builder")
    letter = {**LETTER, "project_root": str(tmp_path)}
    read_only(True)
    refused = run("message_create", builder, **letter)["error"]
    assert (refused["code"], refused["details"]["reason"]) == ("DB_ERROR", "read_only")
    assert (run("inbox_count", builder, agent_id="builder")["ok"], not_ready()["name"]) == (True, "writing")
    read_only(False)
    assert (not_ready(), run("message_create", builder, **letter)["ok"]) == ({}, True)


def not_ready() -> dict[str, str]:
    """The error that readiness finds, if any."""
    return next((one for one in readiness.run_all() if one["severity"] == "error"), {})
