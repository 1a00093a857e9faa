"""Thirty-two readers and writers at once: every answer shows one moment of the store, and none is out of date."""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from tests.serve.conftest import Server, install_in
from tests.telemetry.events import event
from tests.telemetry.fleet import Connection, run_together

WRITERS, READERS_OF_EACH, ROUNDS = 14, 3, 15
TYPES = ("phase.close", "task.close", "verification.completed", "workflow.next.stop_reason", "note")


def batch(number: int) -> list[dict[str, Any]]:
    """One event of each type, which are stored together or not at all."""
    return [event(name, phase="one", target="api", passed=True, stop_reason="done", batch=number) for name in TYPES]


def by_type(body: Any) -> set[float]:
    return {body["total"] / len(TYPES), *(group["count"] for group in body["groups"])}


def by_source(body: Any) -> set[float]:
    return {body["total"] / len(TYPES), sum(group["count"] for group in body["groups"]) / len(TYPES)}


def phases(body: Any) -> set[float]:
    return {figure for row in body["phases"] for figure in (row["closes"], row["task_closes"])}


def stop_reasons(body: Any) -> set[float]:
    return {body["total"], *(row["count"] for row in body["stop_reasons"])}


def verification(body: Any) -> set[float]:
    return {body["runs"], body["passed"], *(sum(row["runs"] for row in body[name]) for name in LISTS_OF_RUNS)}


LISTS_OF_RUNS = ("per_target", "over_time")
FIGURES: dict[str, Callable[[Any], set[float]]] = {
    "/v1/metrics/counts": by_type,
    "/v1/metrics/counts?by=source": by_source,
    "/v1/metrics/phases": phases,
    "/v1/metrics/stop-reasons": stop_reasons,
    "/v1/metrics/verification": verification,
}
NEWEST = f"/v1/events?limit={len(TYPES)}"


class Run:
    """Writers and readers of one server, and what the readers saw that cannot be."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.sent = self.acknowledged = 0
        self._writing = WRITERS
        self.wrong: dict[str, list[Any]] = defaultdict(list)
        self.seen: set[float] = set()
        self._lock = threading.Lock()

    def begin(self) -> None:
        readers = [partial(self._read, path) for path in (*FIGURES, NEWEST)] * READERS_OF_EACH
        run_together([self._write] * WRITERS + readers)

    def _write(self) -> None:
        try:
            with Connection(self.server) as connection:
                for _ in range(ROUNDS):
                    self._send(connection)
        finally:
            with self._lock:
                self._writing -= 1

    def _send(self, connection: Connection) -> None:
        with self._lock:
            self.sent += 1
            number = self.sent
        address = f"/v1/events:batch?source=writer-{number % 7}"
        status, answer = connection.ask("POST", address, batch(number))
        assert (status, answer["accepted"]) == (200, len(TYPES))
        with self._lock:
            self.acknowledged += 1

    def _read(self, path: str) -> None:
        """Read as long as anybody writes."""
        with Connection(self.server) as connection:
            while self._writing:
                least = self.acknowledged
                status, body = connection.ask("GET", path)
                if status != 200 or not self._is_possible(path, body, least):
                    self.wrong[path].append((least, self.sent, body))

    def _is_possible(self, path: str, body: Any, least: int) -> bool:
        """Whether all figures are one, between what was acknowledged before and what is sent by now."""
        if path == NEWEST:
            return len({found["payload"]["batch"] for found in body["events"]}) <= 1
        figures = FIGURES[path](body) or {0}
        self.seen |= figures
        return len(figures) == 1 and least <= min(figures) <= self.sent


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    with install_in(tmp_path_factory.mktemp("concurrency")) as place:
        server = place.start()
        try:
            found = Run(server.wait_until_ready())
            found.begin()
            yield found
        finally:
            server.close()


@pytest.mark.parametrize("path", [*FIGURES, NEWEST])
def test_every_answer_agrees_with_itself_and_holds_what_was_acknowledged(run: Run, path: str) -> None:
    assert run.wrong[path] == []


def test_the_readers_met_many_states_of_the_store(run: Run) -> None:
    """Else the test above could not fail."""
    assert len(run.seen) > 5
