"""The bus's numbers on the admin's front page, each equal to the list that it links to."""

from collections.abc import Iterable

from django.db.models import Sum

from nexus.models import LaneCount
from nexus.queries.overview import agents_now, waiting
from pulse_project.core.admin.front import Counter, add_counters, when
from pulse_project.core.models import DomainEvent


@add_counters
def bus() -> Iterable[Counter]:
    """Presence, inboxes, the handoff pool and the last retention pass."""
    agents, stuck = agents_now(limit=0), waiting()
    unread = int(LaneCount.objects.aggregate(total=Sum("unread"))["total"] or 0)
    pruned = (
        DomainEvent.objects.filter(type="prune.finished").order_by("-seq").values_list("created_us", flat=True).first()
    )
    yield Counter("agents present", agents.present, "bot", "/admin/core/agent/?presence=present")
    yield Counter("unread deliveries", unread, "inbox", "/admin/nexus/messagedelivery/?lane__exact=0")
    yield Counter(
        "parked messages",
        stuck.parked_messages,
        "mail-warning",
        "/admin/nexus/messagedelivery/?lane__exact=3",
        alert=stuck.parked_messages > 0,
    )
    yield Counter("open handoffs", stuck.open_handoffs, "handshake", "/admin/nexus/handoff/?status__exact=OPEN")
    yield Counter(
        "expired leases",
        stuck.expired_leases,
        "timer-off",
        "/admin/nexus/handoff/?lease=expired",
        alert=stuck.expired_leases > 0,
    )
    yield Counter("last prune", when(pruned), "trash-2", "/admin/core/domainevent/?q=prune.finished")
