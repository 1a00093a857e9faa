"""Cards, what they wait for and what tests them in the admin."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin

from boards.admin.columns import ARCHIVING, Archived, EntityAdmin
from boards.models import BugRegressionTest, Card, CardDependency
from boards.models.entity import STATUSES
from pulse_project.core.admin.actions import OperationAction
from pulse_project.core.admin.base import LogAdmin
from pulse_project.core.admin.display import instant


class Target(forms.Form):
    """Where the cards shall go; steps that need a report are taken on the board."""

    status = forms.ChoiceField(choices=[(name, name.replace("_", " ")) for name in STATUSES["card"]])


class Priority(forms.Form):
    """How urgent the cards are."""

    priority = forms.ChoiceField(choices=Card.Priority.choices)


def _card(record: Card, answers: Mapping[str, Any]) -> dict[str, Any]:
    return {"board_id": str(record.board_id), "card_id": str(record.pk), **answers}


@admin.register(Card)
class CardAdmin(EntityAdmin):
    """Cards of every board."""

    list_display = (
        "reference",
        "title",
        "board",
        "card_type",
        "status_badge",
        "priority",
        "spec_reference",
        "assignee_id",
        "changed",
    )
    list_select_related = ("board", "spec")
    list_filter = ("board", "status", "card_type", "priority", Archived)
    operation_actions = (
        OperationAction(
            "move",
            "Move",
            "okto_pulse_move_card",
            _card,
            form=Target,
            consequence="Every card moves if its gates let it; the others say what is in the way.",
        ),
        OperationAction(
            "set_priority",
            "Set priority",
            "okto_pulse_update_card",
            _card,
            form=Priority,
            consequence="The cards get that priority.",
        ),
        *ARCHIVING,
    )

    @admin.display(description="Spec", ordering="spec__number")
    def spec_reference(self, record: Card) -> str:
        return record.spec.ref if record.spec else ""


@admin.register(CardDependency)
class CardDependencyAdmin(LogAdmin):
    """Which cards wait for which."""

    list_display = ("card", "depends_on", "since")
    list_select_related = ("card", "depends_on")
    search_fields = ("card__title", "depends_on__title")
    ordering = ("-created_at", "pk")
    operation_actions = (
        OperationAction(
            "remove",
            "Remove",
            "okto_pulse_remove_card_dependency",
            lambda record, _: {"card_id": str(record.card_id), "depends_on_id": str(record.depends_on_id)},
            danger=True,
            consequence="The first cards no longer wait for the second.",
        ),
    )
    since = instant("created_at", "Since")


@admin.register(BugRegressionTest)
class BugRegressionTestAdmin(LogAdmin):
    """Which test cards prove that which bugs are gone."""

    list_display = ("bug", "test_card", "since")
    list_select_related = ("bug", "test_card")
    search_fields = ("bug__title", "test_card__title")
    ordering = ("-created_at", "pk")
    since = instant("created_at", "Since")
