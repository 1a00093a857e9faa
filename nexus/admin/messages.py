"""Messages and their deliveries in the admin."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from nexus.models import Artifact, Channel, Lane, Message, MessageDelivery
from pulse_project.core.admin.actions import OperationAction
from pulse_project.core.admin.base import LogAdmin, RecordAdmin, since
from pulse_project.core.admin.display import excerpt, instant, state
from pulse_project.core.templatetags.shell import badge

LANES = {
    Lane.UNREAD: ("unread", "info", "mail"),
    Lane.DELIVERED: ("in flight", "warning", "hourglass"),
    Lane.READ: ("read", "success", "circle-check"),
    Lane.PARKED: ("parked", "danger", "mail-warning"),
}
RECIPIENTS_SHOWN = 5


@admin.register(Channel)
class ChannelAdmin(RecordAdmin):
    """Labels on messages."""

    list_display = ("name", "workspace", "created")
    list_filter = ("workspace",)
    list_select_related = ("workspace",)
    search_fields = ("name", "channel_id")
    created = instant("created_us", "created")


class InLane(admin.SimpleListFilter):
    """Messages with a delivery in a lane, or without any recipient."""

    title = "lane"
    parameter_name = "lane"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*((str(lane.value), LANES[lane][0]) for lane in Lane), ("none", "no recipient")]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Message]") -> "QuerySet[Message]":
        value = self.value()
        if value == "none":
            return queryset.filter(recipient_count=0)
        if value not in {str(lane.value) for lane in Lane}:
            return queryset
        return queryset.filter(pk__in=MessageDelivery.objects.filter(lane=int(value or 0)).values("message"))


@admin.register(Message)
class MessageAdmin(LogAdmin):
    """What agents said to each other."""

    list_display = ("title", "at", "from_agent_id", "recipients", "channel", "workspace")
    list_filter = (since("created_us", "time"), InLane, "kind", "channel", "workspace")
    list_select_related = ("channel", "workspace")
    search_fields = ("subject", "body", "message_id", "from_agent_id")
    ordering = ("-id",)
    at = instant("created_us", "sent")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Message]":
        return (
            super()
            .get_queryset(request)
            .prefetch_related(Prefetch("deliveries", MessageDelivery.objects.order_by("id")))
        )

    @admin.display(description="subject")
    def title(self, message: Message) -> str:
        return excerpt(message.subject, 60) or "(no subject)"

    @admin.display(description="to")
    def recipients(self, message: Message) -> SafeString | str:
        deliveries = list(message.deliveries.all())
        if not deliveries:
            return badge("nobody", "warning", "mail-x")
        shown = format_html_join(
            " ", "{} {}", ((item.recipient, badge(*LANES[Lane(item.lane)])) for item in deliveries[:RECIPIENTS_SHOWN])
        )
        rest = len(deliveries) - RECIPIENTS_SHOWN
        return shown if rest <= 0 else format_html_join(" ", "{}", ((part,) for part in (shown, f"and {rest} more")))


class Seconds(forms.Form):
    """How long the recipient gets from now."""

    seconds = forms.IntegerField(
        min_value=1, max_value=86_400, initial=300, help_text="The lease ends this many seconds from now."
    )


def _delivery(record: MessageDelivery, answers: Mapping[str, Any]) -> dict[str, Any]:
    return {"delivery_id": record.delivery_id, **answers}


@admin.register(MessageDelivery)
class MessageDeliveryAdmin(LogAdmin):
    """Who has which message, and how far they are with it."""

    list_display = ("delivery_id", "subject", "recipient", "lane_state", "attempts", "lease", "read")
    list_filter = ("lane", since("delivered_us", "pulled"))
    list_select_related = ("message",)
    search_fields = ("recipient", "message__message_id", "message__subject")
    ordering = ("-id",)
    lane_state = state("lane", "lane", LANES)
    lease = instant("lease_us", "lease until")
    read = instant("read_us", "read")
    operation_actions = (
        OperationAction(
            "redeliver",
            "Redeliver",
            "admin_delivery_redeliver",
            _delivery,
            applies=lambda record: record.lane in (Lane.DELIVERED, Lane.PARKED),
            consequence="The message is unread again, with its attempts at zero; the recipient's next pull brings it.",
        ),
        OperationAction(
            "park",
            "Park",
            "admin_delivery_park",
            _delivery,
            danger=True,
            applies=lambda record: record.lane in (Lane.UNREAD, Lane.DELIVERED),
            consequence="The recipient is not given the message any more, until somebody redelivers it.",
        ),
        OperationAction(
            "extend_lease",
            "Extend lease",
            "admin_delivery_extend",
            _delivery,
            form=Seconds,
            applies=lambda record: record.lane == Lane.DELIVERED,
            consequence="The recipient gets more time before the message is given again.",
        ),
    )

    @admin.display(description="message")
    def subject(self, delivery: MessageDelivery) -> str:
        return excerpt(delivery.message.subject, 50) or delivery.message.message_id


@admin.register(Artifact)
class ArtifactAdmin(LogAdmin):
    """What agents shared."""

    list_display = ("title", "artifact_type", "size_bytes", "actor_key_agent", "workspace", "at")
    list_filter = (since("created_us", "time"), "artifact_type", "stored", "workspace")
    list_select_related = ("workspace",)
    search_fields = ("name", "artifact_id", "path")
    ordering = ("-id",)
    at = instant("created_us", "shared")

    @admin.display(description="name")
    def title(self, artifact: Artifact) -> str:
        return excerpt(artifact.name or artifact.path, 60) or artifact.artifact_id
