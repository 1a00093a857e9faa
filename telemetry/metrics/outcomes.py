"""What became of the records that producers sent, by the hour of receipt."""

from typing import TypedDict

from django.db.models import Sum

from telemetry.instants import HOUR_US
from telemetry.journal import ACCEPTED, DUPLICATE
from telemetry.models import Outcome
from telemetry.rollups.windows import Window


class ReasonCount(TypedDict):
    reason: str
    count: int


class Outcomes(TypedDict):
    """Figures lag behind by half a second at most; `reasons` say why records were refused, most frequent first."""

    accepted: int
    duplicates: int
    rejected: int
    reasons: list[ReasonCount]


def outcomes(window: Window, source: str | None) -> Outcomes:
    """Records received in the whole hours that the window touches."""
    rows = Outcome.objects.all()
    if window.start_us is not None:
        rows = rows.filter(utc__gte=window.start_us // HOUR_US)
    if window.end_us is not None:
        rows = rows.filter(utc__lt=-(-window.end_us // HOUR_US))
    if source is not None:
        rows = rows.filter(source=source)
    found = dict(rows.values_list("outcome").annotate(number=Sum("n")).order_by("outcome"))
    accepted, duplicates = int(found.pop(ACCEPTED, 0)), int(found.pop(DUPLICATE, 0))
    reasons = [ReasonCount(reason=reason, count=int(number)) for reason, number in found.items()]
    reasons.sort(key=lambda row: (-row["count"], row["reason"]))
    rejected = sum(row["count"] for row in reasons)
    return Outcomes(accepted=accepted, duplicates=duplicates, rejected=rejected, reasons=reasons)
