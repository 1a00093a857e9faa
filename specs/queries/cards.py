"""Cards as answers show them: any number of them in a fixed number of statements."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any, TypedDict
from uuid import UUID

from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from boards.instants import iso
from boards.models import Board, BugRegressionTest, Card
from boards.models.entity import LETTERS
from specs.models import ItemTask

OFF_THE_BOARD = -1
FEW = 100  # cards that a statement names one by one; more of them are read with all of their boards
TEXTS = ("description", "details", "expected_behavior", "observed_behavior", "steps_to_reproduce", "action_plan")


class CardSummary(TypedDict):
    """A card without its texts. `position` is its 0-based place in its column, -1 for an archived card."""

    id: str
    ref: str
    board_id: str
    spec_id: str | None
    sprint_id: str | None
    title: str
    status: str
    priority: str
    position: int
    card_type: str
    severity: str | None
    assignee_id: str | None
    labels: list[str]
    test_scenario_ids: list[str]
    origin_task_id: str | None
    due_date: str | None
    archived: bool
    revision: int
    created_by: str
    created_at: str | None
    updated_at: str | None
    started_at: str | None
    completed_at: str | None


class CardRow(CardSummary):
    """A whole card without what hangs on it."""

    description: str
    details: str
    expected_behavior: str
    observed_behavior: str
    steps_to_reproduce: str
    action_plan: str
    linked_test_task_ids: list[str]


LINE = (
    "pk", "board_id", "number", "spec_id", "sprint_id", "title", "status", "priority", "rank", "card_type", "severity",
    "assignee_id", "labels", "origin_task_id", "due_date", "archived_at", "revision", "created_by", "created_at",
    "updated_at", "started_at", "completed_at",
)  # fmt: skip


def lines_of_board(board: Board) -> list[CardSummary]:
    """The summaries of every card of a board, column by column, from plain rows: there may be hundreds."""
    rows = Card.objects.filter(board=board).order_by("status", "rank", "number")
    lines: list[Any] = list(rows.values_list(*LINE, named=True))
    scenarios = scenario_ids_of(lines)
    counts: dict[str, int] = defaultdict(int)
    places = []
    for line in lines:
        places.append(OFF_THE_BOARD if line.archived_at else counts[line.status])
        counts[line.status] += line.archived_at is None
    return [_summary(line, place, scenarios.get(line.pk, [])) for line, place in zip(lines, places, strict=True)]


def among(cards: Collection[Card], path: str = "") -> Q:
    """What concerns these cards, `path` being the way to a card. Of many cards, what concerns their boards."""
    if len(cards) <= FEW:
        return Q(**{f"{path}__in" if path else "pk__in": [card.pk for card in cards]})
    return Q(**{f"{path}__board_id__in" if path else "board_id__in": {card.board_id for card in cards}})


def positions_of(cards: Collection[Card]) -> dict[UUID, int]:
    """The 0-based place of each card among the live cards of its column. Archived cards are left out."""
    if len(cards) == 1:
        (card,) = cards
        return {} if card.archived_at else {card.pk: _before(card).count()}
    numbered = (
        Card.objects.filter(
            board_id__in={card.board_id for card in cards},
            kind=Card.Kind.CARD,
            status__in={card.status for card in cards},
            archived_at=None,
        )
        .annotate(
            place=Window(RowNumber(), partition_by=[F("board_id"), F("status")], order_by=[F("rank"), F("number")])
        )
        .filter(Q(place=None) | among(cards))  # one with the place: asked after the counting
        .values_list("pk", "place")
    )
    return {pk: place - 1 for pk, place in numbered}


def _before(card: Card) -> "QuerySet[Card]":
    """The live cards that stand before a card in its column."""
    column = Card.objects.filter(board_id=card.board_id, kind=Card.Kind.CARD, status=card.status, archived_at=None)
    return column.filter(Q(rank__lt=card.rank) | Q(rank=card.rank, number__lt=card.number))


def scenario_ids_of(cards: Collection[Card]) -> dict[UUID, list[str]]:
    """The scenarios that each card tests, in the order of their spec."""
    links = ItemTask.objects.filter(among(cards, "card"), item__kind="scenario").order_by("item__position", "item_id")
    found: dict[UUID, list[str]] = defaultdict(list)
    for card_id, public_id in links.values_list("card_id", "item__public_id"):
        found[card_id].append(public_id)
    return found


def regression_tests_of(pks: Collection[UUID]) -> dict[UUID, list[str]]:
    """The test cards that each bug is linked with, in the order in which they were linked."""
    found: dict[UUID, list[str]] = defaultdict(list)
    for bug_id, test_id in (
        BugRegressionTest.objects.filter(bug_id__in=pks).order_by("id").values_list("bug_id", "test_card_id")
    ):
        found[bug_id].append(str(test_id))
    return found


def rows_of(cards: Iterable[Card]) -> list[CardSummary]:
    """The summaries of cards, in their order. At most three statements."""
    found = list(cards)
    if not found:
        return []
    positions, scenarios = positions_of(found), scenario_ids_of(found)
    return [_summary(card, positions.get(card.pk, OFF_THE_BOARD), scenarios.get(card.pk, [])) for card in found]


def full_rows_of(cards: Iterable[Card]) -> list[CardRow]:
    """Whole cards, in their order. At most four statements."""
    found = list(cards)
    tests = regression_tests_of([card.pk for card in found if card.card_type == Card.Type.BUG])
    return [
        {
            **summary,
            "description": card.description,
            "details": card.details,
            "expected_behavior": card.expected_behavior,
            "observed_behavior": card.observed_behavior,
            "steps_to_reproduce": card.steps_to_reproduce,
            "action_plan": card.action_plan,
            "linked_test_task_ids": tests.get(card.pk, []),
        }
        for card, summary in zip(found, rows_of(found), strict=True)
    ]


def card_row(card: Card) -> CardRow:
    """One whole card."""
    return full_rows_of([card])[0]


def _summary(card: Any, position: int, scenario_ids: list[str]) -> CardSummary:
    return {
        "id": str(card.pk),
        "ref": f"{LETTERS[Card.Kind.CARD]}-{card.number}",
        "board_id": str(card.board_id),
        "spec_id": _text(card.spec_id),
        "sprint_id": _text(card.sprint_id),
        "title": card.title,
        "status": card.status,
        "priority": card.priority,
        "position": position,
        "card_type": card.card_type,
        "severity": card.severity or None,
        "assignee_id": card.assignee_id or None,
        "labels": list(card.labels),
        "test_scenario_ids": scenario_ids,
        "origin_task_id": _text(card.origin_task_id),
        "due_date": iso(card.due_date),
        "archived": card.archived_at is not None,
        "revision": card.revision,
        "created_by": card.created_by,
        "created_at": iso(card.created_at),
        "updated_at": iso(card.updated_at),
        "started_at": iso(card.started_at),
        "completed_at": iso(card.completed_at),
    }


def _text(pk: UUID | None) -> str | None:
    return str(pk) if pk else None
