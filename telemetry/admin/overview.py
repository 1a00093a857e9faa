"""Telemetry's numbers on the admin's front page, each equal to the list that it links to."""

from collections.abc import Iterable

from django.db.models import Q, Sum

from pulse_project.core import clock
from pulse_project.core.admin.front import Counter, add_counters, when
from pulse_project.core.models import DomainEvent
from telemetry.instants import hour_of
from telemetry.journal import ACCEPTED, DUPLICATE
from telemetry.models import AlertRule, Outcome

OUTCOMES = "/admin/telemetry/outcome/?utc__since=24"


@add_counters
def telemetry() -> Iterable[Counter]:
    """What came in within a day, what was refused, what is alarming, and the last retention pass."""
    is_stored = Q(outcome=ACCEPTED)
    is_refused = ~Q(outcome__in=(ACCEPTED, DUPLICATE))
    day = Outcome.objects.filter(utc__gte=hour_of(clock.now_us()) - 24)
    sums = day.aggregate(stored=Sum("n", filter=is_stored), refused=Sum("n", filter=is_refused))
    stored, refused = sums["stored"] or 0, sums["refused"] or 0
    firing = AlertRule.objects.filter(is_firing=True).count()
    pruned = (
        DomainEvent.objects.filter(entity_kind="store", entity_id="telemetry", type="telemetry.pruned")
        .order_by("-seq")
        .values_list("created_us", flat=True)
        .first()
    )
    yield Counter("events in 24 hours", stored, "activity", f"{OUTCOMES}&became=accepted")
    yield Counter("refused in 24 hours", refused, "circle-alert", f"{OUTCOMES}&became=refused", alert=refused > 0)
    yield Counter(
        "alerts firing", firing, "triangle-alert", "/admin/telemetry/alertrule/?is_firing__exact=1", alert=firing > 0
    )
    yield Counter("telemetry pruned", when(pruned), "trash-2", "/admin/core/domainevent/?q=telemetry.pruned")
