"""Client processes under one hand: connect them, let them all run a command, gather what they saw."""

import json
import statistics
import subprocess
import sys
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from tests.bench.servers import ROOT, Server


@dataclass
class Round:
    """What all clients saw in one round: latencies in ms, calls per second, server CPU in ms per call, error codes."""

    latencies: list[float]
    rate: float
    cpu_ms: float
    failed: list[str]

    def percentile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class Fleet:
    """`processes` client processes; every command runs in all of them at once."""

    def __init__(self, processes: int = 2) -> None:
        self.size = processes

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.bench.worker"]
        self.workers = [
            subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(self.size)
        ]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self.workers:
            worker.kill()
            worker.wait()

    def send(self, commands: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for worker, command in zip(self.workers, commands, strict=True):
            assert worker.stdin
            worker.stdin.write(json.dumps(command) + "\n")
            worker.stdin.flush()
        return [json.loads(worker.stdout.readline()) for worker in self.workers if worker.stdout]

    def connect(self, name: str, server: Server, keys: list[list[str]]) -> None:
        """Open one session per key, `keys[i]` in process i."""
        self.send([{"do": "connect", "name": name, "url": server.url, "keys": own} for own in keys])

    def run(self, name: str, server: Server, calls: list[Any], *, clients: int, count: int) -> Round:
        """`clients` sessions of each process send `count` calls each."""
        before = server.cpu_seconds()
        answers = self.send(
            [
                {"do": "run", "name": name, "calls": calls, "clients": clients, "count": count, "seed": 1000 * i}
                for i in range(self.size)
            ]
        )
        latencies = [value for answer in answers for value in answer["latencies"]]
        cpu = (server.cpu_seconds() - before) * 1000 / len(latencies)
        seconds = max(answer["seconds"] for answer in answers)
        failed = [code for answer in answers for code in answer["failed"]]
        return Round(latencies, len(latencies) / seconds, cpu, failed)


def median(values: list[float]) -> float:
    return statistics.median(values)
