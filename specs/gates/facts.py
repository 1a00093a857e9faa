"""What the gates of cards look at, loaded for any number of cards in a fixed number of statements."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from boards import board_settings
from boards.board_settings import BoardSettings
from boards.call import BoardCall
from boards.models import Card, CardDependency
from specs import moves, states
from specs.models import CardReport, Spec
from specs.queries.cards import among

REPORT_PARTS = ("conclusion", "completeness", "completeness_justification", "drift", "drift_justification")
FINISHED = ("done", "cancelled")


@dataclass(frozen=True, slots=True)
class CardFacts:
    """`waits_for`: the live dependencies that are neither done nor cancelled. `reported`: a report of the work stands.

    A card comes to validation only with a report, so that one in validation needs none for done unless it was undone.
    """

    settings: BoardSettings
    spec: Spec | None
    waits_for: tuple[Card, ...]
    reported: bool


def report_needed(card: Card, to: str) -> tuple[str, ...]:
    """The arguments of a report, when the step of the card takes one."""
    step = states.steps_of("card", card.status, card.card_type)[to]
    return REPORT_PARTS if "execution_report" in step.gates and card.status != "validation" else ()


@moves.loads("card", asks=report_needed)
def card_facts(call: BoardCall, cards: Sequence[Card]) -> Mapping[UUID, CardFacts]:
    """The facts of cards of one board, by card. Three statements."""
    specs = Spec.objects.in_bulk({card.spec_id for card in cards if card.spec_id})
    waits_for = open_dependencies_of(cards)
    reported = set(CardReport.objects.filter(among(cards, "card"), withdrawn_at=None).values_list("card_id", flat=True))
    settings = board_settings.of(call.board)
    return {
        card.pk: CardFacts(
            settings=settings,
            spec=specs.get(card.spec_id) if card.spec_id else None,
            waits_for=tuple(waits_for.get(card.pk, ())),
            reported=card.pk in reported,
        )
        for card in cards
    }


def open_dependencies_of(cards: Sequence[Card]) -> dict[UUID, list[Card]]:
    """What each card waits for, by number."""
    rows = (
        CardDependency.objects.filter(among(cards, "card"), depends_on__archived_at=None)
        .exclude(depends_on__status__in=FINISHED)
        .select_related("depends_on")
        .order_by("depends_on__number")
    )
    found: dict[UUID, list[Card]] = defaultdict(list)
    for row in rows:
        found[row.card_id].append(row.depends_on)
    return found
