"""Moving a card to another column, or to another place in its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from boards.call import AnyOf, BoardCall, any_of, check_revision
from boards.models import Card
from pulse_project.core import clock
from pulse_project.core.errors import Code, Failure
from pulse_project.core.outbox import Pending
from specs import locks, moves, states
from specs.cards import columns, reports
from specs.cards.inputs import CardMove
from specs.cards.withdrawal import withdrawn
from specs.gates.card import MOVE_CARD
from specs.models import CardReport
from specs.states import Step

REPORTS = "card.conclusion.write"
EDITS = "card.entity.edit_fields"


@dataclass(frozen=True, slots=True)
class Moved:
    """A card after its move, and the number of the event that undo_move takes."""

    card: Card
    event: Pending


def move(call: BoardCall, data: CardMove) -> Moved:
    """Take one step. Errors: NOT_FOUND, GATE_BLOCKED, VALIDATION_ERROR, INVALID_TRANSITION, PERMISSION_DENIED."""
    columns.hold(call.board)
    card = call.entity(Card, data.card_id, "card_id", lock=True)
    if data.status == card.status:
        return _reorder(call, card, data)
    step = moves.begin(call, MOVE_CARD, card, data.status)
    check_revision(data.expected_version, card.revision, "card")
    given = reports.given_in(data) if "execution_report" in step.gates else {}
    if given:
        call.demand(REPORTS)
    _ask(call, step, card, data.status, given)
    return _step(call, card, data, given)


def _ask(call: BoardCall, step: Step, card: Card, to: str, given: Mapping[str, Any]) -> None:
    try:
        moves.ask(call, MOVE_CARD, step, card, to, given)
    except Failure as failure:
        if failure.code is Code.GATE_BLOCKED:
            unmet = failure.details["unmet"]
            failure.beside["blocked_by_dependencies"] = any(one["gate"] == "dependencies" for one in unmet)
        raise


def _step(call: BoardCall, card: Card, data: CardMove, given: dict[str, Any]) -> Moved:
    """Everything that follows from a step that is allowed, told as one event."""
    start, before = card.status, place_of(card)
    report = reports.keep(call, card, data.status, given) if given else None
    rolled_back = withdrawn(call, [card]) if data.status == "cancelled" else []
    _stamp(card, data.status)
    card.rank = columns.rank_at(call.board, data.status, data.position)
    card.status = data.status
    call.save(card, "status", "rank", "started_at", "completed_at")
    return Moved(card, _tell(call, card, start, before, report, [str(spec.pk) for spec in rolled_back]))


def _tell(
    call: BoardCall,
    card: Card,
    start: str,
    before: dict[str, Any],
    report: CardReport | None,
    rolled_back: list[str],
) -> Pending:
    effects: dict[str, Any] = {}
    if report is not None:
        effects["report"] = reports.told(report)
    if rolled_back:
        effects["specs_withdrawn"] = rolled_back
    return call.tell(
        "card.moved",
        card,
        moved=(start, card.status),
        reindexes=False,
        spec_id=str(card.spec_id) if card.spec_id else None,
        sprint_id=str(card.sprint_id) if card.sprint_id else None,
        card_type=card.card_type,
        before=before,
        **effects,
    )


def place_of(card: Card) -> dict[str, Any]:
    """What an undone move gives back beside the status. Times are microseconds since 1970."""
    return {
        "rank": card.rank,
        "started_us": clock.to_us(card.started_at) if card.started_at else None,
        "completed_us": clock.to_us(card.completed_at) if card.completed_at else None,
    }


def _stamp(card: Card, to: str) -> None:
    now = clock.now()
    if to == "in_progress" and card.started_at is None:
        card.started_at = now
    if card.status == "done":
        card.completed_at = None
    if to == "done":
        card.completed_at = now


def _reorder(call: BoardCall, card: Card, data: CardMove) -> Moved:
    """Another place in the same column: no condition, no report."""
    locks.demand_live(call, card, MOVE_CARD)
    call.demand_in(card, may_enter(card.status))
    check_revision(data.expected_version, card.revision, "card")
    card.rank = columns.rank_at(call.board, card.status, data.position, moving=card.pk)
    call.save(card, "rank")
    return Moved(card, call.tell("card.reordered", card, reindexes=False, status=card.status))


def may_enter(status: str) -> AnyOf:
    """What lets somebody order a column: any right to move a card into it, or to edit cards."""
    flags: list[str | tuple[str, ...]] = [EDITS]
    for targets in states.CARD.values():
        if status in targets:
            needs = targets[status].needs
            flags.extend(needs.flags if isinstance(needs, AnyOf) else [needs])
    return any_of(*flags)
