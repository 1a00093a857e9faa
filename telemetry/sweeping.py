"""Rows beside the events that end by age: figures of refusals, journals of drains, notices of what came in."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any, Final

from django.db.models import QuerySet

from pulse_project.core import clock
from pulse_project.core.models import DomainEvent
from pulse_project.core.steps import in_steps
from telemetry import journal
from telemetry.instants import HOUR_US, hour_of
from telemetry.models import DrainPosition, DrainRun, Outcome

JOURNAL_DAYS: Final = 400
NOTICE_HOURS: Final = 1  # they tell of what live pages show; figures and events are kept elsewhere


def count() -> dict[str, int]:
    """How many rows of each kind have ended."""
    return {name: rows.count() for name, rows in _ended().items()}


def sweep() -> dict[str, int]:
    """Delete them in short transactions; answers how many went."""
    return {name: in_steps(partial(_delete, rows))[0] for name, rows in _ended().items()}


def _ended() -> Mapping[str, "QuerySet[Any]"]:
    oldest = clock.now() - timedelta(days=JOURNAL_DAYS)
    kind, identifier = journal.ENTITY
    notices = DomainEvent.objects.filter(
        entity_kind=kind,
        entity_id=identifier,
        type__in=(journal.INGESTED, journal.REJECTED),
        created_us__lt=clock.now_us() - NOTICE_HOURS * HOUR_US,
    )
    return {
        "outcomes": Outcome.objects.filter(utc__lt=hour_of(clock.to_us(oldest))).order_by("utc"),
        "drain_runs": DrainRun.objects.filter(started_at__lt=oldest).order_by("id"),
        "drain_positions": DrainPosition.objects.filter(updated_at__lt=oldest).order_by("id"),
        "notices": notices.order_by("seq"),
    }


def _delete(ended: "QuerySet[Any]", limit: int) -> int:
    keys = list(ended.values_list("pk", flat=True)[:limit])
    ended.model._default_manager.filter(pk__in=keys).delete()
    return len(keys)
