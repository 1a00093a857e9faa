"""Pulse as a process of its own, as a foreign client meets it."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]
STARTS_WITHIN_SECONDS = 60


def environment(home: Path, **more: str) -> dict[str, str]:
    """This environment with an empty SQLite home and nothing else of Pulse's."""
    foreign = ("PULSE_", "OKTO_NEXUS_", "DATABASE_URL", "DJANGO_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return {**kept, "PULSE_HOME": str(home), "PULSE_MIN_FREE_MIB": "0", **more}


def command(*words: str) -> list[str]:
    return [sys.executable, str(ROOT / "manage.py"), *words]


class Server:
    """`manage.py serve` on a free port; a context manager."""

    def __init__(self, home: Path) -> None:
        self.home = home
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        words = command("serve", "--port", str(self.port), "--no-banner")
        with (self.home / "log").open("wb") as log:
            self.process = subprocess.Popen(words, env=environment(self.home), stdout=log, stderr=log)
        deadline = time.monotonic() + STARTS_WITHIN_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                urllib.request.urlopen(self.url + "/livez", timeout=5).close()
                return self
            except OSError:
                time.sleep(0.05)
        self.process.kill()
        raise AssertionError((self.home / "log").read_text())

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(20)

    def key_of(self, agent_id: str) -> str:
        """Create an agent as the local operator; its key."""
        answer = self.post("/api/v1/nexus/agents", {"agent_id": agent_id})
        return str(answer["data"]["api_key"])

    def board_for(self, agent_id: str) -> str:
        """Make a board as the local operator and grant it to the agent; its id."""
        board = str(self.post("/api/v1/boards", {"name": "Board"})["id"])
        self.post(f"/api/v1/agents/{agent_id}/boards/{board}", {})
        return board

    def post(self, path: str, body: Any, **headers: str) -> Any:
        content = json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, content, {"Content-Type": "application/json", **headers})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return json.load(error)
