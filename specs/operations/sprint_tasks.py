"""Putting cards into sprints and taking them out."""

from collections.abc import Collection, Sequence
from typing import Annotated, Literal, TypedDict

from pydantic import Field

from boards.call import BoardCall, work_in
from boards.inputs import Id, OnObject, Values
from boards.models import Card
from pulse_project.core.errors import Code, Failure
from pulse_project.core.logs_format import echoed
from specs import gates, locks
from specs.catalog import people, sprints
from specs.models import Sprint
from specs.sprint_cards import FINISHED, find, head_of, place

ASSIGN = "okto_pulse_assign_tasks_to_sprint"
UNASSIGN = "okto_pulse_unassign_tasks_from_sprint"
OPEN = ("draft", "active", "review")
CardIds = Annotated[Values, Field(min_length=1, max_length=500, description="Ids or references of cards.")]


class Skipped(TypedDict):
    """A card that was left alone: `not_found`, or `not_in_sprint` when it shall be taken out."""

    card_id: str
    reason: Literal["not_found", "not_in_sprint"]


class Assigned(TypedDict):
    success: Literal[True]
    assigned: int
    skipped: list[Skipped]


class Unassigned(TypedDict):
    success: Literal[True]
    unassigned: int
    skipped: list[Skipped]


class SprintTasks(OnObject):
    sprint_id: Id
    card_ids: CardIds


@sprints.operation(
    needs="sprint.entity.assign",
    may_need=work_in("sprint"),
    writes=True,
    idempotent=True,
    rest="POST sprints/<str:sprint_id>/assign-tasks",
)
def assign_tasks_to_sprint(call: BoardCall, data: SprintTasks) -> Assigned:
    """Put cards into a sprint of their spec, out of the sprint that they lie in now.

    Unknown cards are named in `skipped`; one of another spec, or an archived one, refuses the whole call. A sprint that
    is closed or cancelled takes finished cards only.

    Gates: archived (the sprint and each card).
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, INVALID_TRANSITION, GATE_BLOCKED.
    Event: sprint_tasks.assigned.
    """
    sprint = _sprint(call, data.sprint_id, ASSIGN)
    found = find(call, data.card_ids)
    cards = list({card.pk: card for card in found.values()}.values())
    _demand_placeable(call, sprint, cards)
    moving = [card for card in cards if card.sprint_id != sprint.pk]
    if moving:
        place(moving, sprint)
        call.tell(
            "sprint_tasks.assigned",
            sprint,
            card_ids=[str(card.pk) for card in moving],
            from_sprint_ids=sorted({str(card.sprint_id) for card in moving if card.sprint_id}),
        )
    return {"success": True, "assigned": len(cards), "skipped": _unknown(data.card_ids, found)}


@people.operation(
    needs="sprint.entity.assign",
    may_need=work_in("sprint"),
    writes=True,
    idempotent=True,
    rest="POST sprints/<str:sprint_id>/unassign-tasks",
)
def unassign_tasks_from_sprint(call: BoardCall, data: SprintTasks) -> Unassigned:
    """Take cards out of a sprint. What is unknown or not in it is named in `skipped`.

    Gates: archived (the sprint and each card).
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED.
    Event: sprint_tasks.unassigned.
    """
    sprint = _sprint(call, data.sprint_id, UNASSIGN)
    found = find(call, data.card_ids)
    inside = {text: card for text, card in found.items() if card.sprint_id == sprint.pk}
    cards = list({card.pk: card for card in inside.values()}.values())
    _demand_live(call, UNASSIGN, cards)
    if cards:
        place(cards, None)
        call.tell("sprint_tasks.unassigned", sprint, card_ids=[str(card.pk) for card in cards])
    elsewhere: list[Skipped] = [
        {"card_id": text, "reason": "not_in_sprint"} for text in found if text not in inside
    ]  # fmt: skip
    return {"success": True, "unassigned": len(cards), "skipped": [*_unknown(data.card_ids, found), *elsewhere]}


def _sprint(call: BoardCall, text: str, operation: str) -> Sprint:
    sprint = call.entity(Sprint, text, "sprint_id", lock=True)
    call.demand_in(sprint)
    locks.demand_live(call, sprint, operation)
    return sprint


def _unknown(texts: Sequence[str], found: Collection[str]) -> list[Skipped]:
    return [{"card_id": echoed(text), "reason": "not_found"} for text in dict.fromkeys(texts) if text not in found]


def _demand_live(call: BoardCall, operation: str, cards: Sequence[Card]) -> None:
    unmet = [item for card in cards for item in gates.unmet_of(["archived"], card)]
    if unmet:
        raise gates.refusal(call, operation, unmet)


def _demand_placeable(call: BoardCall, sprint: Sprint, cards: Sequence[Card]) -> None:
    foreign = [card for card in cards if card.spec_id != sprint.spec_id]
    if foreign:
        raise Failure(
            Code.VALIDATION_ERROR,
            "A sprint takes cards of its own spec only. Nothing was assigned.",
            field="card_ids",
            spec_id=str(sprint.spec_id),
            cards=[head_of(card) for card in foreign[:10]],
        )
    _demand_live(call, ASSIGN, cards)
    unfinished = [card for card in cards if card.status not in FINISHED]
    if sprint.status not in OPEN and unfinished:
        raise Failure(
            Code.INVALID_TRANSITION,
            f"A sprint in {sprint.status} takes no open cards. Move it back to draft first.",
            status=sprint.status,
            accepted_in=list(OPEN),
            cards=[head_of(card) for card in unfinished[:10]],
        )
