"""Stores and servers of their own for the tests of start and stop."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
URL = os.environ.get("DATABASE_URL", "")


class Install:
    """A home with an empty store on the engine under test, and the programs that run on it."""

    def __init__(self, home, database_url=""):
        self.home = home
        self.database_url = database_url
        self.env = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PULSE_", "OKTO_")) and name not in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE"}
        }
        self.env |= {"PULSE_HOME": str(home), "PYTHONPATH": str(ROOT)}
        if database_url:
            self.env["DATABASE_URL"] = database_url

    @property
    def database(self):
        return self.home / "pulse.sqlite3"

    def run(self, *arguments, **env):
        return subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *arguments],
            env=self.env | env, cwd=self.home.parent, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def start(self, *arguments, **env):
        return Server(self, *arguments, **env)


class Server:
    """A running `serve` process; `log` is what it said."""

    def __init__(self, install, *arguments, **env):
        self.install = install
        self._log = (install.home.parent / f"log-{uuid.uuid4().hex}").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), "serve", "--no-banner", *_port(arguments), *arguments],
            env=install.env | env, cwd=install.home.parent, stderr=self._log, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    @property
    def log(self):
        return Path(self._log.name).read_text()

    def wait_until_ready(self, seconds=30):
        end = time.monotonic() + seconds
        while "Pulse is ready" not in self.log:
            assert self.process.poll() is None, self.log
            assert time.monotonic() < end, self.log
            time.sleep(0.02)
        return self

    @property
    def base(self):
        return re.search(r"Dashboard answers on (\S+)", self.log)[1]

    @property
    def port(self):
        return int(self.base.rsplit(":", 1)[1])

    def ask(self, path, *, body=None, headers=None, port=0):
        """Status and decoded JSON (or text) of one request: POST with a body, else GET."""
        content = None if body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json"} | (headers or {})
        base = f"http://127.0.0.1:{port}" if port else self.base
        request = urllib.request.Request(base + path, data=content, headers=sent)
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return response.status, _decoded(response.read())
        except urllib.error.HTTPError as error:
            return error.code, _decoded(error.read())

    def make_key(self, agent_id="builder"):
        """The key of a new agent, made by the local operator."""
        status, body = self.ask("/api/v1/nexus/agents", body={"agent_id": agent_id})
        assert status < 300, body
        return body["data"]["api_key"]

    def call(self, key, tool, **arguments):
        """One MCP tool call; answers status and body."""
        request = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}
        headers = {"Authorization": f"Bearer {key}", "Accept": "application/json, text/event-stream"}
        return self.ask("/mcp", body=request, headers=headers)

    def stop(self):
        """End by SIGTERM; answers the exit code and the seconds it took."""
        began = time.monotonic()
        self.process.terminate()
        code = self.process.wait(timeout=10)
        return code, time.monotonic() - began

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._log.close()


def _port(arguments):
    return [] if "--port" in arguments or "--uds" in arguments else ["--port", "0"]


def _decoded(content):
    try:
        return json.loads(content)
    except ValueError:
        return content.decode()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]


@contextmanager
def install_in(folder):
    """An install on the engine under test; on PostgreSQL a database of its own."""
    if not URL:
        yield Install(folder / "home")
        return
    import psycopg

    name = f"serve_{uuid.uuid4().hex}"
    with psycopg.connect(URL, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield Install(folder / "home", named(URL, name))
    with psycopg.connect(URL, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def install(tmp_path):
    """An install of the test's own."""
    with install_in(tmp_path) as found:
        yield found


def named(url, name):
    """The address of another database on the same server."""
    head, _, query = url.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")


@pytest.fixture
def sqlite_install(tmp_path):
    """An install on SQLite whatever the engine under test: files, locks and copies."""
    return Install(tmp_path / "home")


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """One server for the tests of a module that only ask."""
    server = Install(tmp_path_factory.mktemp("shared") / "home").start()
    yield server.wait_until_ready()
    server.close()


@pytest.fixture
def servers():
    """Start servers with `servers(install, ...)`; all of them are gone at the end."""
    started = []

    def start(install, *arguments, **env):
        started.append(install.start(*arguments, **env))
        return started[-1]

    yield start
    for server in started:
        server.close()
