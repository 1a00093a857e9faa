"""The conditions of cards: the state of their spec, what they wait for, and the report of the work."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from boards.models import Card
from specs import states
from specs.gates.facts import REPORT_PARTS, report_needed
from specs.gates.gate import Fix, Unmet, gate, subject_of
from specs.models import Spec
from specs.moves import Move

MOVE_CARD = "okto_pulse_move_card"
MOVE_SPEC = "okto_pulse_move_spec"
WORKABLE = ("in_progress", "done")
ACCEPTING = ("approved", "in_progress", "done")
LINKABLE = ("approved", "validated", "in_progress", "done")
MISSING = {
    "conclusion": "A report says what was done: conclusion is missing.",
    "completeness": "A report says how complete the work is: completeness, 0 to 100, is missing.",
    "completeness_justification": "The completeness of a report is justified: completeness_justification is missing.",
    "drift": "A report says how far the work is off the plan: drift, 0 to 100, is missing.",
    "drift_justification": "The drift of a report is justified: drift_justification is missing.",
}


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A card that shall belong to a spec: as a new one, or as one that is linked."""

    spec: Spec
    card_type: str
    links: bool = False


def _for_type(statuses: tuple[str, ...], card_type: str) -> tuple[str, ...]:
    """The statuses of a spec; test cards are also worked on and made while it is validated."""
    return (*statuses, "validated") if card_type == Card.Type.TEST else statuses


def _card_of(move: Move) -> Card:
    return cast("Card", move.entity)  # the tables ask these gates of cards only


def towards(spec: Spec, end: str) -> Fix:
    """The next step of a spec on its way to a status."""
    hop = states.next_hop("spec", spec.status, end)
    return Fix(f"Move {spec.ref} to {hop}.", MOVE_SPEC, {"spec_id": str(spec.pk), "status": hop})


@gate("spec_state")
def spec_state(move: Move) -> Iterator[Unmet]:
    card, spec = _card_of(move), move.facts.spec
    if spec is None:
        fix = Fix("Link the card to a spec.", "okto_pulse_link_card_to_spec", {"card_id": str(card.pk)}, ("spec_id",))
        yield Unmet("spec_state", "no_spec", f"{card.ref} belongs to no spec.", subject_of(card), fix)
    elif spec.status == "cancelled":
        message = f"{spec.ref} is cancelled, so that its cards are not worked on."
        yield Unmet("spec_state", "cancelled", message, subject_of(spec), towards(spec, "draft"))
    elif spec.status not in _for_type(WORKABLE, card.card_type):
        end = "validated" if card.card_type == Card.Type.TEST else "in_progress"
        message = f"{spec.ref} is in {spec.status}; {card.card_type} cards are worked on from {end} on."
        yield Unmet("spec_state", "too_early", message, subject_of(spec), towards(spec, end))


@gate("dependencies")
def dependencies(move: Move) -> Iterator[Unmet]:
    card = _card_of(move)
    for other in move.facts.waits_for:
        hop = states.next_hop("card", other.status, "done", other.card_type)
        yield Unmet(
            "dependencies",
            "open",
            f"{card.ref} waits for {other.ref}, which is in {other.status}.",
            subject_of(other),
            Fix(
                f"Move {other.ref} to {hop}, or let {card.ref} not wait for it (remove_card_dependency).",
                MOVE_CARD,
                {"card_id": str(other.pk), "status": hop},
                report_needed(other, hop) if hop else (),
            ),
        )


@gate("execution_report")
def execution_report(move: Move) -> Iterator[Unmet]:
    """One condition a missing part; each fix needs the whole report, so that following any of them is enough.

    Who only looks ahead is told by `needs` of the step.
    """
    card, given = _card_of(move), move.given
    if given is None or (not given and card.status == "validation" and move.facts.reported):
        return
    for part in REPORT_PARTS:
        if part not in given:
            again = {"card_id": str(card.pk), "status": move.to}
            fix = Fix("Repeat the move with the whole report.", MOVE_CARD, again, REPORT_PARTS)
            yield Unmet("execution_report", part, MISSING[part], subject_of(card), fix)


@gate("card_spec_state")
def card_spec_state(wish: Acceptance) -> Iterator[Unmet]:
    spec = wish.spec
    accepting = LINKABLE if wish.links else _for_type(ACCEPTING, wish.card_type)
    if spec.status in accepting:
        return
    end = "draft" if spec.status == "cancelled" else "in_progress" if spec.status == "validated" else "approved"
    message = f"{spec.ref} is in {spec.status}; it takes {wish.card_type} cards in {', '.join(accepting)}."
    yield Unmet("card_spec_state", "not_accepting", message, subject_of(spec), towards(spec, end))
