"""Start the floor and Pulse as processes of their own, and read the CPU time they used."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parents[2]
TICKS = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A server process on a port of its own; a context manager."""

    command: list[str]

    def __init__(self) -> None:
        self.port = free_port()
        self.env = dict(os.environ)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self.log = tempfile.NamedTemporaryFile("w+", suffix=".log", delete=False)
        self.process = subprocess.Popen(self.command, cwd=ROOT, env=self.env, stdout=self.log, stderr=self.log)
        self.wait_ready()
        return self

    def wait_ready(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise SystemExit(f"{self.command} did not start:\n{Path(self.log.name).read_text()}")

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.terminate()
        self.process.wait(10)
        self.log.close()
        os.unlink(self.log.name)

    def cpu_seconds(self) -> float:
        """User and system time of the process so far."""
        parts = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        return (int(parts[11]) + int(parts[12])) / TICKS


class Floor(Server):
    def __init__(self) -> None:
        super().__init__()
        self.command = [sys.executable, "-m", "tests.bench.floor", str(self.port)]


def engine() -> str:
    return "PostgreSQL" if os.environ.get("DATABASE_URL") else "SQLite"


@contextmanager
def store() -> Iterator[dict[str, str]]:
    """Variables that name an empty store, which is gone afterwards: a home, and on PostgreSQL a database as well."""
    home = tempfile.mkdtemp(prefix="pulse-bench-")
    variables = {"PULSE_HOME": home, "PULSE_NO_BANNER": "1", "PULSE_RATE_LIMIT_PER_MINUTE": "0"}
    try:
        if server := os.environ.get("DATABASE_URL"):
            with _database(server) as url:
                yield {**variables, "DATABASE_URL": url}
        else:
            yield variables
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _database(server: str) -> Iterator[str]:
    import psycopg

    name = f"bench_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


class Pulse(Server):
    """`manage.py serve` on an empty store; agents are made over REST, as a local operator would."""

    def __init__(self, **env: str) -> None:
        super().__init__()
        self._store = store()
        self.env |= {**self._store.__enter__(), **env}
        self.command = [sys.executable, "manage.py", "serve", "--port", str(self.port)]

    def wait_ready(self) -> None:
        super().wait_ready()
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(self.url + "/livez", timeout=2).read()
                return
            except OSError:
                time.sleep(0.05)

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, value, trace)
        self._store.__exit__(kind, value, trace)

    def post(self, path: str, body: dict[str, Any], key: str = "") -> Any:
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def make_agent(self, agent_id: str) -> str:
        """The key of a new agent."""
        return str(self.post("/api/v1/nexus/agents", {"agent_id": agent_id})["data"]["api_key"])

    def op(self, name: str, key: str = "", **arguments: Any) -> Any:
        return self.post(f"/api/v1/ops/{name}", arguments, key)["data"]
