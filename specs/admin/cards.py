"""Cards in the admin."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, TextField
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.utils.safestring import SafeString

from boards.admin.columns import Archived, EntityAdmin, Status
from boards.admin.exports import EXPORT
from boards.models import Card, CardDependency
from boards.models.entity import STATUSES
from pulse_project.core.admin.actions import OperationAction
from pulse_project.core.admin.choosing import Action
from pulse_project.core.templatetags.shell import badge
from specs.admin.archiving import ARCHIVING
from specs.admin.parents import OfSpec, OfSprint
from specs.models import Sprint


class Target(forms.Form):
    """Where the cards shall go; steps that need a report are taken on the board."""

    status = forms.ChoiceField(choices=[(name, name.replace("_", " ")) for name in STATUSES["card"]])


class Priority(forms.Form):
    """How urgent the cards are."""

    priority = forms.ChoiceField(choices=Card.Priority.choices)


class SprintChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic for the type checker only
    """Sprints with their state and spec."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.ref} {obj.title} ({obj.status}, {obj.spec.ref})"


def _sprints(cards: Sequence[Card]) -> type[forms.Form]:
    """The form that offers the sprints of the specs of these cards; cancelled ones take no open card."""
    sprints = Sprint.objects.filter(spec__in={card.spec_id for card in cards}, archived_at=None)
    offered = sprints.exclude(status="cancelled").select_related("spec").order_by("spec__number", "number")

    class SprintOfCards(forms.Form):
        sprint = SprintChoice(
            queryset=offered,
            empty_label="Choose a sprint" if offered.exists() else "The specs of these cards have no sprint",
            help_text="A sprint takes cards of its own spec only.",
        )

    return SprintOfCards


def _card(record: Card, answers: Mapping[str, Any]) -> dict[str, Any]:
    return {"board_id": str(record.board_id), "card_id": str(record.pk), **answers}


def _into_sprint(record: Card, answers: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "board_id": str(record.board_id),
        "sprint_id": str(answers["sprint"].pk),
        "card_ids": [str(record.pk)],
    }


ACTIONS: Sequence[Action] = (
    OperationAction(
        "move",
        "Move",
        "okto_pulse_move_card",
        _card,
        form=Target,
        consequence="Every card moves if its gates let it; the others say what is in the way.",
    ),
    OperationAction(
        "assign_sprint",
        "Assign sprint",
        "okto_pulse_assign_tasks_to_sprint",
        _into_sprint,
        consequence="The cards leave the sprint that they lie in now.",
        questions=_sprints,
        applies=lambda record: record.spec_id is not None,
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
    EXPORT,
)


def _waits() -> Exists:
    """Whether the card of the outer query waits for one that is neither done, cancelled nor archived."""
    others = CardDependency.objects.filter(card=OuterRef("pk"), depends_on__archived_at=None)
    return Exists(others.exclude(depends_on__status__in=("done", "cancelled")))


@admin.register(Card)
class CardAdmin(EntityAdmin):
    """Cards of every board."""

    list_display = (
        "reference",
        "named",
        "type_of_work",
        "status_badge",
        "priority",
        "spec_reference",
        "sprint_reference",
        "assignee",
        "blocked",
    )
    list_select_related = ("board", "spec", "sprint")
    list_filter = ("board", Status, "card_type", "priority", OfSpec, OfSprint, Archived)
    operation_actions = ACTIONS

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).annotate(is_blocked=_waits())

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """Titles, ids, and labels."""
        found, has_duplicates = super().get_search_results(request, queryset, search_term)
        text = search_term.strip()
        if not text:
            return found, has_duplicates
        # one store keeps letters as they are, the other as \u escapes
        labelled = Q(label_text__icontains=text) | Q(label_text__icontains=json.dumps(text)[1:-1])
        rows = queryset.annotate(label_text=Cast("labels", TextField()))
        return rows.filter(labelled | Q(pk__in=found.values("pk"))), has_duplicates

    @admin.display(description="Spec", ordering="spec__number")
    def spec_reference(self, record: Card) -> str:
        return record.spec.ref if record.spec else ""

    @admin.display(description="Sprint", ordering="sprint__number")
    def sprint_reference(self, record: Card) -> str:
        return record.sprint.ref if record.sprint else ""

    @admin.display(description="Type", ordering="card_type")
    def type_of_work(self, record: Card) -> str:
        return record.get_card_type_display()

    @admin.display(description="Assignee", ordering="assignee_id")
    def assignee(self, record: Card) -> str:
        return record.assignee_id

    @admin.display(description="Blocked", ordering="is_blocked")
    def blocked(self, record: Any) -> SafeString | str:
        return badge("waits", "danger", "hand") if record.is_blocked else ""
