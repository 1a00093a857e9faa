"""Two servers on one database behave as one: what happens in one is seen, obeyed and carried on by the other."""

import contextlib
import json
import re
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from tests.postgres.conftest import within
from tests.serve.conftest import Server

AT_ONCE = 1.0  # seconds


def op(server: Server, name: str, *, key: str = "", **arguments: Any) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {key}"} if key else None
    return server.ask(f"/api/v1/ops/{name}", body=arguments, headers=headers)


@pytest.fixture(scope="module")
def root(pair: list[Server], tmp_path_factory: pytest.TempPathFactory) -> str:
    """A project with a sender and a receiver, known to both servers."""
    place = str(tmp_path_factory.mktemp("project"))
    for agent_id in ("sender", "receiver"):
        pair[0].make_key(agent_id)
    for server in pair:
        say(server, place)
    return place


def say(server: Server, root: str) -> float:
    """Write one message; answers the moment after."""
    target = {"strategy": "direct", "agent_id": "receiver"}
    status, body = op(
        server, "message_create", project_root=root, from_agent_id="sender", subject="s", body="b", target=target
    )
    assert status == 200, body
    return time.monotonic()


def listening(server: Server, kind: str) -> int:
    """How many waiters, streams or subscriptions the server's hub holds."""
    return int(re.search(rf'^pulse_hub_subscribers\{{kind="{kind}"}} (\d+)', server.ask("/metrics")[1], re.M)[1])


def moment_after(work: Callable[[], Any]) -> tuple[Any, float]:
    return work(), time.monotonic()


def heard(listen: Callable[[], Any], is_listening: Callable[[], object], act: Callable[[], float]) -> Any:
    """What `listen` answers, in a thread, once `act` is done: at once."""
    with ThreadPoolExecutor(1) as pool:
        ear = pool.submit(moment_after, listen)
        assert within(5, is_listening)
        acted = act()
        answer, moment = ear.result(timeout=20)
    assert moment - acted < AT_ONCE
    return answer


@pytest.fixture(params=[0, 1], ids=["first writes", "second writes"])
def sides(request: pytest.FixtureRequest, pair: list[Server]) -> tuple[Server, Server]:
    """The server that writes and the one where somebody listens."""
    return pair[request.param], pair[1 - request.param]


def test_a_write_in_one_wakes_a_wait_in_the_other(sides: tuple[Server, Server], root: str) -> None:
    writer, other = sides
    place = {"project_root": root, "agent_id": "receiver", "stream": "workspace"}
    cursor = op(other, "event_cursor", **place)[1]["data"]["cursor"]
    _, body = heard(
        lambda: op(other, "event_wait", cursor=cursor, timeout_seconds=8, **place),
        lambda: listening(other, "waiters"),
        lambda: say(writer, root),
    )
    assert [event["type"] for event in body["data"]["events"]] == ["message.created"]


def test_a_write_in_one_reaches_a_stream_of_the_other(sides: tuple[Server, Server], root: str) -> None:
    writer, other = sides
    with urllib.request.urlopen(f"{other.base}/api/v1/nexus/stream", timeout=10) as stream:
        found = heard(
            lambda: next(line for line in stream if line.startswith(b"data:")),
            lambda: listening(other, "streams"),
            lambda: say(writer, root),
        )
    assert b"message.created" in found


def test_a_write_in_one_reaches_a_websocket_of_the_other(sides: tuple[Server, Server], root: str) -> None:
    writer, other = sides
    with live(other, origin=other.base) as socket:
        follow(socket, "agent:receiver")
        frame = heard(lambda: json.loads(socket.recv(10)), lambda: True, lambda: say(writer, root))
    assert (frame["op"], frame["type"]) == ("event", "message.created")


def live(server: Server, *, key: str = "", origin: str | None = None) -> ClientConnection:
    headers = {"Authorization": f"Bearer {key}"} if key else None
    address = server.base.replace("http", "ws") + "/ws/live/"
    return connect(address, origin=Origin(origin) if origin else None, additional_headers=headers, proxy=None)


def follow(socket: ClientConnection, topic: str) -> None:
    socket.send(json.dumps({"op": "sub", "topics": [{"name": topic}]}))
    while json.loads(socket.recv(10))["op"] != "sub.ok":
        pass


def closed_with(socket: ClientConnection) -> int | None:
    with contextlib.suppress(ConnectionClosed):
        while True:
            socket.recv(10)
    return socket.close_code


def test_a_key_revoked_in_one_is_dead_in_the_other(sides: tuple[Server, Server]) -> None:
    writer, other = sides
    name = f"leaver-{writer.port}"
    key = writer.make_key(name)
    assert [op(server, "agent_whoami", key=key)[0] for server in sides] == [200, 200]
    with live(other, key=key) as socket:
        follow(socket, f"agent:{name}")
        assert heard(lambda: closed_with(socket), lambda: True, lambda: revoke(writer, name)) == 4401
    assert [op(server, "agent_whoami", key=key)[0] for server in sides] == [401, 401]


def revoke(server: Server, agent_id: str) -> float:
    (row,) = op(server, "admin_key_list", agent_id=agent_id)[1]["data"]["items"]
    status, body = op(server, "admin_key_revoke", key_id=row["key_id"])
    assert status == 200, body
    return time.monotonic()


def test_a_setting_changed_in_one_is_in_force_in_the_other(sides: tuple[Server, Server], root: str) -> None:
    writer, other = sides
    artifact = {"project_root": root, "artifact_type": "text", "content": "x" * 2000}
    assert op(other, "artifact_put", **artifact)[0] == 200
    assert op(writer, "settings_update", values={"max_inline_bytes": 1024})[0] == 200
    assert within(AT_ONCE, lambda: op(other, "artifact_put", **artifact)[0] == 413)
    assert op(writer, "settings_reset")[0] == 200
    assert within(AT_ONCE, lambda: op(other, "artifact_put", **artifact)[0] == 200)
