"""Threads that call a server again and again, and keep what they were told and how long it took."""

import http.client
import json
import threading
import time
from typing import Any, Self

from tests.serve.conftest import Server


class Visitor(threading.Thread):
    """Repeats one operation until told to stop; a context manager."""

    def __init__(self, server: Server, key: str, operation: str, **arguments: Any) -> None:
        super().__init__(daemon=True)
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        self.key, self.operation, self.arguments = key, operation, arguments
        self.seconds: list[float] = []
        self.failures: list[dict[str, Any]] = []
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._ended.is_set():
            began = time.monotonic()
            body = self.call()
            self.seconds.append(time.monotonic() - began)
            if not body["ok"]:
                self.failures.append(body["error"])

    def call(self) -> dict[str, Any]:
        headers = {"Content-Type": "application/json", "X-API-Key": self.key}
        self.connection.request("POST", f"/api/v1/ops/{self.operation}", json.dumps(self.arguments), headers)
        body: dict[str, Any] = json.loads(self.connection.getresponse().read())
        return body

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self.join(30)
        self.connection.close()

    def p95_seconds(self) -> float:
        return sorted(self.seconds)[int(len(self.seconds) * 0.95)]
