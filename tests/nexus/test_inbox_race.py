"""Several turns of one agent pull at the same time: every message goes to exactly one of them."""

import threading
from typing import Any

import pytest
from django.db import connection

from nexus.models import LaneCount, MessageDelivery
from tests.nexus.calls import ok

pytestmark = pytest.mark.django_db(transaction=True)
PULLERS, MESSAGES = 4, 24


def test_parallel_pulls_share_an_inbox_without_doubles(alice: Any, bob: Any, send: Any) -> None:
    for _ in range(MESSAGES):
        send(alice, to="bob")
    pulled: list[str] = []
    start = threading.Barrier(PULLERS)

    def pull() -> None:
        start.wait()
        for _ in range(MESSAGES // PULLERS):
            pulled.extend(one["message_id"] for one in ok("inbox_pull", bob, agent_id="bob", limit=2)["messages"])
        connection.close()

    threads = [threading.Thread(target=pull) for _ in range(PULLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(pulled), len(set(pulled))) == (MESSAGES, MESSAGES)
    kept = LaneCount.objects.get(agent_id="bob")
    assert (kept.unread, kept.delivered) == (0, MessageDelivery.objects.filter(lane=1).count())


def test_parallel_acknowledgements_count_once(alice: Any, bob: Any, send: Any) -> None:
    message_id = send(alice, to="bob")["message_id"]
    counts: list[int] = []
    start = threading.Barrier(PULLERS)

    def acknowledge() -> None:
        start.wait()
        counts.append(ok("inbox_ack", bob, agent_id="bob", message_ids=message_id)["acknowledged"])
        connection.close()

    threads = [threading.Thread(target=acknowledge) for _ in range(PULLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counts) == [0, 0, 0, 1]
    assert LaneCount.objects.get(agent_id="bob").read == 1
