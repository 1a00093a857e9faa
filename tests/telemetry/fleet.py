"""Producers of a running server: threads with connections of their own, which remember what was acknowledged."""

import contextlib
import http.client
import itertools
import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.telemetry.events import event

BATCH = 20


class Connection:
    """One kept-alive connection; `server` is a running server of `tests.serve.conftest`."""

    def __init__(self, server: Any, *, timeout_seconds: float = 30) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=timeout_seconds)

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and decoded JSON."""
        self._connection.request(method, path, None if body is None else json.dumps(body))
        answer = self._connection.getresponse()
        return answer.status, json.loads(answer.read())

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()


def numbered(number: int) -> dict[str, Any]:
    return event("fleet", n=number)


class Fleet:
    """Clients that send numbered events until the server is gone."""

    def __init__(self, server: Any, *, source: str = "fleet") -> None:
        self.server, self.source = server, source
        self.acknowledged: set[int] = set()
        self._numbers = itertools.count()
        self._enough = 0

    def kill_server_after(self, count: int, *, batches: bool = True) -> set[int]:
        """Have eight clients send, half of them batches; kill -9 the server at once when it has acknowledged `count`.

        Answers the numbers of the acknowledged events.
        """
        self._enough = count
        run_together([self._batches if batches and client % 2 else self._singles for client in range(8)])
        self.server.process.wait()
        return self.acknowledged

    def _singles(self) -> None:
        self._send(f"/v1/events?source={self.source}", lambda: [next(self._numbers)])

    def _batches(self) -> None:
        address = f"/v1/events:batch?source={self.source}"
        self._send(address, lambda: list(itertools.islice(self._numbers, BATCH)))

    def _send(self, address: str, numbers: Callable[[], list[int]]) -> None:
        with Connection(self.server) as connection, contextlib.suppress(http.client.HTTPException, OSError):
            while True:  # until the server is gone
                sent = numbers()
                bodies = [numbered(number) for number in sent]
                status, answer = connection.ask("POST", address, bodies if ":batch" in address else bodies[0])
                assert status in {200, 202}, answer
                self._note(sent)

    def _note(self, numbers: list[int]) -> None:
        self.acknowledged.update(numbers)
        if len(self.acknowledged) >= self._enough:
            os.kill(self.server.process.pid, signal.SIGKILL)


def send_again(server: Any, numbers: set[int]) -> Iterator[bool]:
    """Send those events in batches; for each of them whether the server had it."""
    rest = sorted(numbers)
    with Connection(server) as connection:
        for start in range(0, len(rest), 500):
            some = [numbered(number) for number in rest[start : start + 500]]
            for result in connection.ask("POST", "/v1/events:batch?results=1", some)[1]["results"]:
                yield result["deduplicated"]


def run_together(jobs: list[Callable[[], None]]) -> None:
    """Run the jobs in threads that begin together. Raises what one of them raised."""
    together = threading.Barrier(len(jobs))

    def run(job: Callable[[], None]) -> None:
        together.wait()
        job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        running = [pool.submit(run, job) for job in jobs]
    for one in running:
        one.result()
