"""A small bus in the store: two agents, one workspace, one message each way."""

from collections.abc import Callable
from typing import Any

import pytest

HOUR_US = 3600 * 1_000_000
WORKSPACE = "a" * 64


@pytest.fixture
def workspace(db: None) -> Any:
    from nexus.models import Workspace

    return Workspace.objects.create(workspace_id=WORKSPACE, root_realpath="/srv/project")


@pytest.fixture
def deliver(workspace: Any) -> Callable[..., Any]:
    """`deliver("alice", "bob", subject=…, lane=…)` stores a message with one delivery and its counters."""
    from nexus.models import Lane, LaneCount, Message, MessageDelivery, MessageEdge, MessagePair

    def make(sender: str, recipient: str, *, lane: int = Lane.UNREAD, read_us: int | None = None, **over: Any) -> Any:
        fields = {"subject": "hello", "body": "how are you?"} | over
        message = Message.objects.create(
            message_id=f"msg{Message.objects.count()}",
            workspace=workspace,
            from_agent_id=sender,
            recipient_count=1,
            **fields,
        )
        MessageDelivery.objects.create(message=message, recipient=recipient, lane=lane, read_us=read_us)
        lanes, _ = LaneCount.objects.get_or_create(agent_id=recipient)
        name = Lane(lane).label
        setattr(lanes, name, getattr(lanes, name) + 1)
        lanes.save()
        between = {"workspace": workspace, "from_agent_id": sender, "to_agent_id": recipient}
        counted = {"message_count": 1, "last_us": message.created_us}
        MessageEdge.objects.get_or_create(**between, hour=message.created_us // HOUR_US, defaults=counted)
        MessagePair.objects.get_or_create(**between, defaults={**counted, "unread": 1})
        return message

    return make


@pytest.fixture
def log(workspace: Any) -> Callable[..., Any]:
    """`log(created_us)` appends one public event of that time, numbered by the log's counter."""
    from nexus.models import Event
    from pulse_project.core import clock
    from pulse_project.core import db as store
    from pulse_project.core.transactions import take_numbers

    def make(created_us: int | None = None) -> Any:
        with store.write_tx():
            return Event.objects.create(
                seq=take_numbers("nexus", 1, wakes=True),
                type="test.happened",
                workspace=workspace,
                stream=0,
                visibility=0,
                audience='["*"]',
                payload="{}",
                created_us=created_us or clock.now_us(),
            )

    return make
