"""What can be worked on now."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal, TypedDict

from django.db.models import Case, IntegerField, QuerySet, Value, When
from pydantic import Field

from boards.call import BoardCall
from boards.inputs import MaybeId, OnBoard
from boards.models import Card
from boards.paging import Following, Paged, PageLimit, cursor_after, page_of
from specs import gates, moves, states
from specs.cards.inputs import CardType
from specs.catalog import cards
from specs.gates.facts import report_needed
from specs.models import Spec, Sprint
from specs.queries.cards import TEXTS, CardSummary, rows_of

FORWARD = {"not_started": "started", "started": "in_progress", "on_hold": "in_progress"}
MOST_LOOKED_AT = 1_000  # cards of one call, the most urgent first
TOGETHER = 100  # of them, until enough are found
ORDER = ("urgency", "created_at", "number")
PRIORITIES = ("critical", "very_high", "high", "medium", "low", "none")


class ListReady(Paged, OnBoard):
    spec_id: MaybeId = ""
    sprint_id: MaybeId = ""
    assignee_id: Annotated[str, Field(max_length=160)] = ""
    card_type: Literal[CardType, ""] = ""
    limit: PageLimit = 20


class NextStep(TypedDict):
    """The step forward. `allowed`: you hold the rights for it; `needs`: arguments of move_card beside status."""

    status: str
    allowed: bool
    flag_missing: str | None
    needs: list[str]


class ReadyCard(TypedDict):
    card: CardSummary
    next: NextStep


class ReadyCards(Following):
    """`ready_total` of the `looked_at` cards can go on; `has_more`: less urgent cards were not looked at.

    A page looks at 1000 cards at most, so it may be short, even empty, and have a `next_cursor` all the same.
    """

    ready_total: int
    looked_at: int
    has_more: bool
    cards: list[ReadyCard]


def _candidates(call: BoardCall, data: ListReady) -> "QuerySet[Card]":
    """Unfinished cards with a forward step, with their `urgency`, 0 being the highest."""
    rows = Card.objects.filter(board=call.board, kind=Card.Kind.CARD, status__in=FORWARD, archived_at=None)
    rows = rows.defer(*TEXTS)
    if data.spec_id:
        rows = rows.filter(spec=call.entity(Spec, data.spec_id, "spec_id"))
    if data.sprint_id:
        rows = rows.filter(sprint=call.entity(Sprint, data.sprint_id, "sprint_id"))
    if data.assignee_id:
        rows = rows.filter(assignee_id=data.assignee_id)
    if data.card_type:
        rows = rows.filter(card_type=data.card_type)
    whens = [When(priority=name, then=Value(place)) for place, name in enumerate(PRIORITIES)]
    return rows.annotate(urgency=Case(*whens, default=Value(len(PRIORITIES)), output_field=IntegerField()))


def _ready(call: BoardCall, found: Sequence[Card]) -> list[Card]:
    facts = moves.facts_of(call, "card", found)
    ready = []
    for card in found:
        to = FORWARD[card.status]
        step = states.step(card, to, card.card_type)
        if not gates.unmet_of(step.gates, moves.Move(card, to, facts[card.pk])):
            ready.append(card)
    return ready


def _next(call: BoardCall, card: Card) -> NextStep:
    to = FORWARD[card.status]
    missing = call.missing(states.step(card, to, card.card_type).needs) or call.missing_in(card)
    return {"status": to, "allowed": missing is None, "flag_missing": missing, "needs": list(report_needed(card, to))}


@cards.operation(
    needs="card.entity.read", rest="GET boards/<str:board_id>/ready-cards", untrusted=("cards[].card.title",)
)
def list_ready_cards(call: BoardCall, data: ListReady) -> ReadyCards:
    """The cards whose next step forward has no unmet condition, the most urgent and then the oldest first.

    Steps: not_started to started, started and on_hold to in_progress. Take one by move_card.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    look = _look(call, data)
    shown = look.ready[: data.limit]
    return {
        "ready_total": len(look.ready),
        "looked_at": look.looked_at,
        "has_more": look.rest is not None,
        "next_cursor": cursor_after(shown[-1], ORDER) if len(look.ready) > len(shown) else look.rest,
        "cards": [{"card": row, "next": _next(call, card)} for card, row in zip(shown, rows_of(shown), strict=True)],
    }


@dataclass(slots=True)
class Look:
    """What was found so far; `rest` is the cursor of the candidates that were not looked at."""

    ready: list[Card] = field(default_factory=list)
    looked_at: int = 0
    rest: str | None = ""


def _look(call: BoardCall, data: ListReady) -> Look:
    """Candidates, some at a time, until enough are ready. Errors: NOT_FOUND, VALIDATION_ERROR."""
    candidates, look = _candidates(call, data), Look(rest=data.cursor)
    while look.rest is not None and len(look.ready) < data.limit and look.looked_at < MOST_LOOKED_AT:
        found, look.rest = page_of(candidates, ORDER, Paged(limit=TOGETHER, cursor=look.rest))
        look.ready += _ready(call, found)
        look.looked_at += len(found)
    return look
