"""How a server ends: on a signal, by force, and because it lost its store."""

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from contextlib import AsyncExitStack, asynccontextmanager

import websockets

from tests.serve.conftest import ROOT, free_port

LIMIT_SECONDS = 2.0


@asynccontextmanager
async def _request(server, key, *, method, path, body=""):
    """A request on a connection of its own, open until the block ends; answers the reader."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    head = [
        f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{server.port}", f"X-API-Key: {key}",
        "Content-Type: application/json", "Accept: application/json, text/event-stream",
        f"Content-Length: {len(body)}", "", body,
    ]  # fmt: skip
    writer.write("\r\n".join(head).encode())
    try:
        yield reader
    finally:
        writer.close()
        await writer.wait_closed()


def _wait(project):
    arguments = {"project_root": str(project), "agent_id": "builder", "stream": "workspace", "timeout_seconds": 30}
    params = {"name": "event_wait", "arguments": arguments}
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})


async def test_a_signal_ends_sockets_waits_and_streams_in_time(install, servers, tmp_path):
    server = servers(install).wait_until_ready()
    key = server.make_key()
    async with AsyncExitStack() as stack:
        address, headers = f"ws://127.0.0.1:{server.port}/ws/live/", {"X-API-Key": key}
        sockets = [
            await stack.enter_async_context(websockets.connect(address, additional_headers=headers)) for _ in range(20)
        ]
        stream = await stack.enter_async_context(_request(server, key, method="GET", path="/api/v1/nexus/stream"))
        assert (await stream.readline()).startswith(b"HTTP/1.1 200")
        wait = await stack.enter_async_context(_request(server, key, method="POST", path="/mcp", body=_wait(tmp_path)))
        await asyncio.sleep(0.05)
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        answer = (await wait.read()).decode()
        await stream.read()
        await asyncio.gather(*(one.wait_closed() for one in sockets))
        code = await asyncio.to_thread(server.process.wait, 10)
        spent = time.monotonic() - began
    assert (code, spent < LIMIT_SECONDS) == (0, True)
    assert {one.close_code for one in sockets} == {1012}
    assert "timed_out" in answer


def test_an_idle_server_stops_quickly_and_quietly(install, servers):
    server = servers(install).wait_until_ready()
    code, seconds = server.stop()
    assert code == 0
    assert seconds < LIMIT_SECONDS
    assert "Traceback" not in server.log


def test_presence_reaches_the_store_before_the_end(sqlite_install, servers):
    server = servers(sqlite_install).wait_until_ready()
    server.call(server.make_key(), "inbox_count", agent_id="builder")
    server.stop()
    connection = sqlite3.connect(sqlite_install.database)
    (seen,) = connection.execute("SELECT last_seen_at FROM core_agent WHERE agent_id = 'builder'").fetchone()
    connection.close()
    assert seen


def test_after_kill_the_next_start_needs_no_waiting(sqlite_install, servers):
    first = servers(sqlite_install).wait_until_ready()
    key = first.make_key()
    first.process.kill()
    first.process.wait()
    again = servers(sqlite_install).wait_until_ready()
    assert again.call(key, "inbox_count", agent_id="builder")[0] == 200


def test_a_paused_server_keeps_its_home_and_goes_on(sqlite_install, servers):
    server = servers(sqlite_install).wait_until_ready()
    server.process.send_signal(signal.SIGSTOP)
    refused = sqlite_install.run("serve", "--port", "0")
    server.process.send_signal(signal.SIGCONT)
    assert refused.returncode == 1
    assert f"process {server.process.pid}" in refused.stderr
    assert server.ask("/livez")[0] == 200


def test_a_replaced_database_ends_the_server(sqlite_install, servers):
    server = servers(sqlite_install).wait_until_ready()
    copy = sqlite_install.home.parent / "copy"
    source = sqlite3.connect(sqlite_install.database)
    source.execute("VACUUM INTO ?", [str(copy)])
    source.close()
    os.replace(copy, sqlite_install.database)
    assert server.process.wait(timeout=10) == 1
    assert "replaced under the running server" in server.log


def test_runserver_prepares_serves_and_stops(install):
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "runserver", str(port), "--noreload"],
        env=install.env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        status = _livez(port)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=30)[1]
    finally:
        process.kill()
        process.wait()
        process.stderr.close()
    assert status == 200
    assert "--behind-proxy" in said
    assert process.returncode == 0


def _livez(port):
    for _ in range(600):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=5) as response:
                return response.status
        except OSError:
            time.sleep(0.05)
    return 0
