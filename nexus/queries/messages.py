"""Messages as operators see them: previews, deliveries by lane, who talks to whom."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NotRequired, TypedDict

from django.db.models import Max, Q, QuerySet, Sum

from nexus.models import Lane, Message, MessageDelivery, MessagePair
from nexus.queries.pages import Page, total_of
from pulse_project.core import clock
from pulse_project.core.errors import Code, Failure

PREVIEW_CHARACTERS = 160
LANES = {lane.label: lane.value for lane in Lane}


class DeliveryItem(TypedDict):
    delivery_id: str
    recipient_agent_id: str
    status: str
    created_at: str | None
    delivered_at: str | None
    read_at: str | None


class MessageItem(TypedDict):
    message_id: str
    workspace_id: str
    channel_id: str | None
    from_agent_id: str
    sender_verified: bool
    created_at: str | None
    subject: str
    preview: str
    deliveries: list[DeliveryItem]
    body: NotRequired[str]


@dataclass(frozen=True)
class Filters:
    """What to list; everything given must hold. `since` and `until` are ISO times, both inclusive."""

    workspace: str | None = None
    agent: str | None = None
    peer: str | None = None
    channel: str | None = None
    lane: str | None = None
    since: str | None = None
    until: str | None = None
    undelivered: bool = False


def list_messages(filters: Filters, *, include_body: bool, page: int, page_size: int) -> Page:
    """Newest first; two queries a page whatever it holds."""
    rows = _filtered(filters)
    start = (page - 1) * page_size
    found = list(rows.select_related("workspace", "channel").order_by("-id")[start : start + page_size])
    deliveries: dict[int, list[DeliveryItem]] = {}
    created = {message.pk: clock.iso(message.created_us) for message in found}
    for row in MessageDelivery.objects.filter(message_id__in=list(created)).order_by("id"):
        deliveries.setdefault(row.message_id, []).append(_delivery(row, created[row.message_id]))
    items = [_item(message, deliveries.get(message.pk, []), include_body=include_body) for message in found]
    return {"items": items, "page": page, "page_size": page_size, "total": total_of(rows)}


def _filtered(filters: Filters) -> QuerySet[Message]:
    rows = Message.objects.all()
    if filters.workspace:
        rows = rows.filter(workspace__workspace_id=filters.workspace)
    if filters.channel:
        rows = rows.filter(channel__channel_id=filters.channel)
    if filters.agent and filters.peer:
        rows = rows.filter(_sent(filters.agent, filters.peer) | _sent(filters.peer, filters.agent))
    elif filters.agent:
        rows = rows.filter(Q(from_agent_id=filters.agent) | Q(id__in=_received(filters.agent)))
    if filters.lane:
        rows = rows.filter(id__in=MessageDelivery.objects.filter(lane=_lane(filters.lane)).values("message_id"))
    if filters.undelivered:
        rows = rows.filter(recipient_count=0)
    if filters.since:
        rows = rows.filter(created_us__gte=instant(filters.since, "since"))
    if filters.until:
        rows = rows.filter(created_us__lte=instant(filters.until, "until"))
    return rows


def _sent(sender: str, recipient: str) -> Q:
    return Q(from_agent_id=sender, id__in=_received(recipient))


def _received(agent_id: str) -> QuerySet[Any, Any]:
    return MessageDelivery.objects.filter(recipient=agent_id).values("message_id")


def _lane(name: str) -> int:
    if name not in LANES:
        raise Failure(Code.INVALID_PARAM, f"lane is one of: {', '.join(LANES)}.", field="lane")
    return LANES[name]


def instant(text: str, field: str) -> int:
    """Microseconds of an ISO date or time; without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Failure(Code.INVALID_PARAM, f"{field} takes an ISO 8601 date or time.", field=field) from error
    return clock.to_us(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _delivery(row: MessageDelivery, created_at: str | None) -> DeliveryItem:
    return {
        "delivery_id": row.delivery_id,
        "recipient_agent_id": row.recipient,
        "status": Lane(row.lane).label,
        "created_at": created_at,
        "delivered_at": clock.iso(row.delivered_us),
        "read_at": clock.iso(row.read_us),
    }


def _item(message: Message, deliveries: list[DeliveryItem], *, include_body: bool) -> MessageItem:
    item: MessageItem = {
        "message_id": message.message_id,
        "workspace_id": message.workspace.workspace_id,
        "channel_id": message.channel.channel_id if message.channel else None,
        "from_agent_id": message.from_agent_id,
        "sender_verified": message.actor_key_agent == message.from_agent_id,
        "created_at": clock.iso(message.created_us),
        "subject": message.subject,
        "preview": message.body[:PREVIEW_CHARACTERS],
        "deliveries": deliveries,
    }
    if include_body:
        item["body"] = message.body
    return item


class Peer(TypedDict):
    peer: str
    count: int
    last_at: str | None


class Peers(TypedDict):
    items: list[Peer]
    failed_count: int


def peers(agent_id: str) -> Peers:
    """Everybody the agent exchanged messages with, newest first, and how many of its own reached nobody."""
    exchanged: dict[str, tuple[int, int]] = {}
    for mine, theirs in (("from_agent_id", "to_agent_id"), ("to_agent_id", "from_agent_id")):
        rows = MessagePair.objects.filter(**{mine: agent_id}).values(theirs)
        for row in rows.annotate(count=Sum("message_count"), last=Max("last_us")):
            count, last = exchanged.get(row[theirs], (0, 0))
            exchanged[row[theirs]] = (count + row["count"], max(last, row["last"]))
    ordered = sorted(exchanged.items(), key=lambda item: -item[1][1])
    return {
        "items": [{"peer": peer, "count": count, "last_at": clock.iso(last)} for peer, (count, last) in ordered],
        "failed_count": Message.objects.filter(from_agent_id=agent_id, recipient_count=0).count(),
    }
