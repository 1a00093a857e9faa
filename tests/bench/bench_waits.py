"""A hundred parked `event_wait` calls: what they cost others, and how fast a write wakes them."""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from tests.bench.servers import ROOT, Pulse, engine

AGENTS, WAITS_EACH = 4, 25
SETTLE_SECONDS = 1.0


def spread(values: list[float]) -> str:
    """p50, p95 and maximum in words."""
    return f"p50 {percentile(values, 0.5):.1f} ms  p95 {percentile(values, 0.95):.1f} ms  max {max(values):.1f} ms"


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def message(root: str) -> dict[str, Any]:
    return {"project_root": root, "from_agent_id": "sender", "subject": "wake", "body": "up"}


class Bus:
    """A server with waiting agents, and a client process that parks their calls."""

    def __init__(self, pulse: Pulse) -> None:
        self.pulse = pulse
        self.root = tempfile.mkdtemp(prefix="pulse-bench-root-")
        self.client = httpx.Client(base_url=pulse.url, timeout=60)
        self.keys = [key for n in range(AGENTS) for key in [pulse.make_agent(f"waiter-{n}")] * WAITS_EACH]
        pulse.make_agent("sender")
        self.say()
        command = [sys.executable, "-m", "tests.bench.waiters"]
        self.waiters = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def op(self, name: str, arguments: dict[str, Any]) -> Any:
        return self.client.post(f"/api/v1/ops/{name}", json=arguments).json()["data"]

    def say(self) -> float:
        """Write one message; answers the moment before."""
        begun = time.perf_counter()
        self.op("message_create", message(self.root))
        return begun

    @contextmanager
    def parked(self) -> Iterator[list[float]]:
        """All waits parked at the log's end; when the block ends, the moments they were answered."""
        place = {"project_root": self.root, "agent_id": "waiter-0", "stream": "workspace"}
        cursor = self.op("event_cursor", place)["cursor"]
        arguments = {**place, "cursor": cursor, "timeout_seconds": 20}
        command = {"url": self.pulse.url, "keys": self.keys, "arguments": arguments}
        assert self.waiters.stdin
        assert self.waiters.stdout
        self.waiters.stdin.write(json.dumps(command) + "\n")
        self.waiters.stdin.flush()
        time.sleep(SETTLE_SECONDS)
        moments: list[float] = []
        yield moments
        moments += json.loads(self.waiters.stdout.readline())

    def count_latency(self, count: int = 200) -> float:
        """p50 in ms of `inbox_count`."""
        seen = []
        for _ in range(count):
            begun = time.perf_counter()
            self.op("inbox_count", {"agent_id": "waiter-0"})
            seen.append((time.perf_counter() - begun) * 1000)
        return statistics.median(seen)

    def wake(self, write: Callable[[], float]) -> list[float]:
        """Milliseconds from before the write to each waiter's answer."""
        with self.parked() as moments:
            begun = write()
        return [(moment - begun) * 1000 for moment in moments]


_WRITER = """
import json, os, sys, time
os.environ["DJANGO_SETTINGS_MODULE"] = "pulse_project.settings"
import django
django.setup()
from pulse_project.core import executor, flags
from pulse_project.core.operations import REGISTRY
from pulse_project.core.principals import Caller, Kind
local = Caller(Kind.LOCAL, "local-operator", flags.declared())
arguments = json.loads(sys.argv[1])
executor.call_sync(REGISTRY["inbox_count"], {"agent_id": "sender"}, local)
print("ready", flush=True)
sys.stdin.readline()
print(time.perf_counter())
executor.call_sync(REGISTRY["message_create"], arguments, local)
"""


def other_process(bus: Bus) -> Callable[[], float]:
    """A process that is started and writes when told; the moment before its write."""
    writer = subprocess.Popen(
        [sys.executable, "-c", _WRITER, json.dumps(message(bus.root))],
        cwd=ROOT,
        env=bus.pulse.env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writer.stdout
    writer.stdout.readline()
    return lambda: float(writer.communicate("go\n")[0])


def main() -> None:
    with Pulse() as pulse:
        bus = Bus(pulse)
        alone = bus.count_latency()
        with bus.parked():
            beside = bus.count_latency()
            bus.say()
        print(f"-- {AGENTS * WAITS_EACH} parked event_wait calls, {engine()}, from before the write to the answer")
        ratio = beside / alone
        print(f"inbox_count p50 alone {alone:.2f} ms, beside them {beside:.2f} ms = {ratio:.2f}x, wanted <= 2x")
        seen = [value for _ in range(7) for value in bus.wake(bus.say)]
        print(f"wake in process            {spread(seen)}   wanted p95 <= 100 ms")
        seen = [value for _ in range(5) for value in bus.wake(other_process(bus))]
        print(f"wake from another process  {spread(seen)}   wanted p95 <= 250 ms")
        bus.waiters.kill()


if __name__ == "__main__":
    main()
