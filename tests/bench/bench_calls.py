"""Latency and server CPU of single calls, throughput of 32 clients: ratios to the SDK's no-op in the same run."""

import tempfile
from collections import Counter

from tests.bench.fleet import Fleet, Round, median
from tests.bench.servers import Floor, Pulse, engine

NOOP = [("noop", {}, 1.0)]


def direct_message(root: str, receiver: str) -> tuple[str, dict[str, object]]:
    return "message_create", {
        "project_root": root,
        "from_agent_id": "sender",
        "subject": "twenty characters ok",
        "body": "b" * 200,
        "target": {"strategy": "direct", "agent_id": receiver},
    }


def report(title: str, floor: list[Round], ours: list[Round], limit: str) -> None:
    latency = median([r.percentile(0.5) for r in ours]) / median([r.percentile(0.5) for r in floor])
    cpu = median([r.cpu_ms for r in ours]) / median([r.cpu_ms for r in floor])
    rate = median([r.rate for r in ours]) / median([r.rate for r in floor])
    failed = dict(Counter(code for r in ours for code in r.failed))
    print(
        f"{title:34} p50 {median([r.percentile(0.5) for r in ours]):6.2f} ms = {latency:4.2f}x   "
        f"cpu {median([r.cpu_ms for r in ours]):5.2f} ms = {cpu:4.2f}x   "
        f"rate {median([r.rate for r in ours]):6.0f}/s = {rate:4.2f}   failed {failed or 0}   wanted {limit}"
    )


def main(rounds: int = 7, count: int = 150) -> None:
    root = tempfile.mkdtemp(prefix="pulse-bench-root-")
    with Floor() as floor, Pulse() as pulse, Fleet(2) as fleet:
        keys = [pulse.make_agent(name) for name in ("sender", "receiver")]
        fleet.connect("floor", floor, [[""] * 16] * 2)
        fleet.connect("pulse", pulse, [[keys[0]] * 16, [keys[1]] * 16])
        pulse.make_agent("crowd")  # takes the writes of 32 clients: an inbox holds 10,000 unread messages
        message, count_calls = direct_message(root, "receiver"), ("inbox_count", {"agent_id": "receiver"})
        write, read, crowded = [(*message, 1.0)], [(*count_calls, 1.0)], [(*direct_message(root, "crowd"), 1.0)]
        mixed = [(*message, 0.3), (*count_calls, 0.7)]
        print(f"-- single calls and throughput, {engine()}, 2 client processes, medians of {rounds} alternating rounds")
        plans = [
            ("message_create, 2 clients", write, 1, count, "<= 1.4x, cpu <= 1.7x (PostgreSQL 2.5x)"),
            ("inbox_count, 2 clients", read, 1, count, "<= 1.2x (PostgreSQL 1.7x)"),
            ("32 clients, 30 % writes", mixed, 16, count // 5, "rate >= 0.6 (PostgreSQL 0.3)"),
            ("32 clients, writes", crowded, 16, count // 5, "rate >= 0.5 (PostgreSQL 0.3)"),
        ]
        for title, calls, clients, number, limit in plans:
            base, ours = [], []
            for _ in range(rounds):
                base.append(fleet.run("floor", floor, NOOP, clients=clients, count=number))
                ours.append(fleet.run("pulse", pulse, calls, clients=clients, count=number))
            report(title, base[1:], ours[1:], limit)


if __name__ == "__main__":
    main()
