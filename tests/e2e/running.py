"""A Pulse started as a user would start it, and what agents do to it from outside."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LINK_FILE = "admin-link"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Running:
    """`manage.py serve` in a home of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("PULSE_", "OKTO_", "DJANGO_"))
        }
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "serve", "--port", str(self.port), "--home", str(self.home)],
            cwd=ROOT,
            env=inherited,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 30
        while not self.answers():
            assert self.process.poll() is None, "the server ended while starting"
            assert time.monotonic() < deadline, "the server did not answer within 30 s"
            time.sleep(0.05)

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/livez", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=10)
            self.process = None

    @property
    def link(self) -> str:
        """The one-time login link that the start left in the home."""
        return (self.home / LINK_FILE).read_text().strip()

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Run an operation of the bus over REST as a local caller without key; answers its data."""
        data: dict[str, Any] = self.answer(operation, **arguments)["data"]
        return data

    def answer(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Run an operation over REST as a local caller without key; answers the whole body."""
        body = json.dumps(arguments).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/api/v1/ops/{operation}", body, headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            body_of_answer: dict[str, Any] = json.load(answer)
        return body_of_answer

    def status_with_key(self, key: str) -> int:
        """What `/mcp` answers to a ping with that key."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "ping"}).encode()
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
            "Authorization": f"Bearer {key}",
        }
        request = urllib.request.Request(f"{self.url}/mcp", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refusal:
            return refusal.code
