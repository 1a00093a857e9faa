"""The domain log and what its subscribers still owe, in the admin."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin

from pulse_project.core.admin.actions import OperationAction
from pulse_project.core.admin.base import FilledValues, LogAdmin, RecordAdmin, since
from pulse_project.core.admin.display import NOTHING, excerpt, instant, state
from pulse_project.core.models import Delivery, DomainEvent, LogCounter

DELIVERY_STATES = {
    "pending": ("pending", "info", "clock"),
    "running": ("running", "info", "refresh-cw"),
    "dead": ("dead letter", "danger", "circle-x"),
}


@admin.register(DomainEvent)
class DomainEventAdmin(LogAdmin):
    """Changes outside the bus."""

    list_display = ("seq", "at", "type", "actor", "entity", "change")
    list_filter = (since("created_us", "time"), ("entity_kind", FilledValues))
    search_fields = ("type", "actor", "entity_id")
    ordering = ("-seq",)
    is_exportable = True
    at = instant("created_us", "time")

    @admin.display(description="subject", ordering="entity_kind")
    def entity(self, event: DomainEvent) -> str:
        return f"{event.entity_kind} {event.entity_id}".strip()[:80] or NOTHING

    @admin.display(description="change")
    def change(self, event: DomainEvent) -> str:
        return f"{event.from_status} → {event.to_status}" if event.to_status else NOTHING


def _dead_letter(record: Delivery, answers: Mapping[str, Any]) -> dict[str, Any]:
    return {"dead_letter_id": record.pk}


def _is_dead(record: Delivery) -> bool:
    return record.state == Delivery.State.DEAD


@admin.register(Delivery)
class DeliveryAdmin(RecordAdmin):
    """Deliveries of domain events to subscribers; done ones are gone."""

    list_display = ("event", "subscriber", "delivery_state", "attempts", "due", "error")
    list_filter = ("state", "subscriber")
    list_select_related = ("event",)
    search_fields = ("subscriber", "subject", "last_error")
    delivery_state = state("state", "state", DELIVERY_STATES)
    due = instant("due_us", "due")

    operation_actions = (
        OperationAction(
            "retry",
            "Deliver again",
            "admin_dead_letter_retry",
            _dead_letter,
            applies=_is_dead,
            consequence="The subscriber gets the event again, with eight new attempts.",
        ),
        OperationAction(
            "discard",
            "Discard",
            "admin_dead_letter_discard",
            _dead_letter,
            danger=True,
            applies=_is_dead,
            consequence="The subscriber never gets this event. What it would have done stays undone.",
        ),
    )

    @admin.display(description="last error")
    def error(self, delivery: Any) -> str:
        return excerpt(delivery.last_error)


@admin.register(LogCounter)
class LogCounterAdmin(RecordAdmin):
    """How far each log has come and been pruned."""

    list_display = ("name", "head", "floor")
    search_fields = ("name",)
