"""A board to look around on: one idea that has become a spec with cards, made by the operations that people use."""

from collections.abc import Iterator
from typing import Any

from boards.catalog import PREFIX, everywhere_people
from boards.operations.boards import BoardSummary
from pulse_project.core.errors import Code, Failure
from pulse_project.core.inputs import NoInput
from pulse_project.core.operations import REGISTRY, Route
from pulse_project.core.principals import Caller, Kind

PEOPLE = frozenset({Kind.USER, Kind.LOCAL, Kind.SYSTEM})
Call = tuple[str, dict[str, Any]]

IDEATION = {
    "title": "Notify customers when a payment fails",
    "problem_statement": "Customers learn of a failed payment days later, from support.",
    "proposed_approach": "Send a message within a minute, with a link to try again.",
    "labels": ["payments"],
}
REQUIREMENTS = ["A failed payment leads to one message", "The message holds a link that opens the checkout again"]
CRITERIA = ["The message is sent within 60 seconds", "A second failure of the same payment sends nothing"]
TECHNICAL = ["Messages go through the outbox, never inside the payment's transaction"]
RULE = {
    "title": "One message a payment",
    "rule": "A payment leads to at most one message.",
    "when": "a payment fails again",
    "then": "nothing is sent",
    "linked_requirements": "0",
}
SCENARIO = {
    "title": "A card is declined",
    "given": "a customer with a card that will be declined",
    "when": "the payment is tried",
    "then": "one message is sent within 60 seconds",
    "linked_criteria": "0",
}
CARDS = (
    {"title": "Write failed payments to the outbox", "priority": "high"},
    {"title": "Send the message", "priority": "high"},
    {"title": "Let the link open the checkout", "priority": "medium"},
)


def _plan(board_id: str) -> Iterator[Call]:
    """The calls in order. References begin at 1 on a new board."""
    at = {"board_id": board_id}
    ideation, spec = {**at, "ideation_id": "I-1"}, {**at, "spec_id": "S-1"}
    yield "create_ideation", {**at, **IDEATION}
    yield "ask_ideation_question", {**ideation, "question": "Which languages must the message support?"}
    for status in ("review", "approved", "evaluating"):
        yield "move_ideation", {**ideation, "status": status}
    yield "evaluate_ideation", {**ideation, "domains": 1, "ambiguity": 1, "dependencies": 1}
    yield "move_ideation", {**ideation, "status": "done"}
    yield "derive_spec_from_ideation", ideation
    lists = {"functional_requirements": REQUIREMENTS, "acceptance_criteria": CRITERIA}
    yield "update_spec", {**spec, **lists, "technical_requirements": TECHNICAL}
    yield "add_business_rule", {**spec, **RULE}
    yield "add_test_scenario", {**spec, **SCENARIO}
    for status in ("review", "approved"):
        yield "move_spec", {**spec, "status": status}
    for card in CARDS:
        yield "create_card", {**spec, **card}
    yield "add_card_dependency", {**at, "card_id": "C-2", "depends_on_id": "C-1"}
    yield "add_comment", {**at, "card_id": "C-1", "content": "The outbox table is there; only the event is missing."}


def _do(caller: Caller, name: str, given: dict[str, Any]) -> Any:
    operation = REGISTRY[PREFIX + name]
    return operation.function(caller, operation.input.model_validate(given))


@everywhere_people.operation(
    needs="board.manage.create", writes=True, slow=True, rest=Route("POST boards/demo", status=201)
)
def create_demo_board(caller: Caller, data: NoInput) -> BoardSummary:
    """Make a board with an idea, the spec that came of it and three cards, to look around on.

    Errors: PERMISSION_DENIED.
    Event: board.created.
    """
    if caller.kind not in PEOPLE:
        raise Failure(
            Code.PERMISSION_DENIED,
            "A demo board is made for a person. Agents are granted one.",
            required_permission="board.manage.create",
        )
    board: BoardSummary = _do(caller, "create_board", {"name": "Demo", "preset": "light"})
    for name, given in _plan(board["id"]):
        _do(caller, name, given)
    return board
