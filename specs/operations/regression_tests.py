"""The test cards that shall show that a bug is gone."""

from typing import TypedDict

from boards.call import BoardCall
from boards.inputs import Id, OnObject
from boards.models import BugRegressionTest, Card
from pulse_project.core.errors import Code, Failure
from pulse_project.core.operations import Route
from specs import gates, locks, moves
from specs.cards.editing import LINK_TESTS, TESTS, demand_another
from specs.cards.inputs import WORK_IN
from specs.catalog import people
from specs.queries.cards import regression_tests_of

LINK = "okto_pulse_link_regression_test"
UNLINK = "okto_pulse_unlink_regression_test"


class BugAndTest(OnObject):
    card_id: Id
    test_task_id: Id


class LinkedTest(TypedDict):
    """`is_unblocked`: the tests that are linked now let the bug be worked on."""

    success: bool
    bug_card_id: str
    test_task_id: str
    is_unblocked: bool


def _pair(call: BoardCall, data: BugAndTest, operation: str) -> tuple[Card, Card]:
    bug = call.entity(Card, data.card_id, "card_id", lock=True)
    test = call.entity(Card, data.test_task_id, "test_task_id")
    call.demand_in(bug)
    locks.demand_live(call, bug, operation)
    if bug.card_type != Card.Type.BUG:
        raise Failure(Code.VALIDATION_ERROR, "Only a bug has regression tests.", field="card_id")
    demand_another(bug, [test], "test_task_id")
    return bug, test


def _tell(call: BoardCall, bug: Card, old: list[str]) -> None:
    new = regression_tests_of([bug.pk]).get(bug.pk, [])
    if new != old:
        call.save(bug)
        change = {"field": TESTS, "old": old, "new": new}
        call.tell("card.updated", bug, changes=[change], spec_id=str(bug.spec_id) if bug.spec_id else None)


@people.operation(
    needs=LINK_TESTS, may_need=WORK_IN, writes=True, rest=Route("POST cards/<str:card_id>/test-tasks", status=201)
)
def link_regression_test(call: BoardCall, data: BugAndTest) -> LinkedTest:
    """Link a bug with a test card of the board. Whether the test suits the bug is judged when the bug is moved.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED.
    Event: card.updated.
    """
    bug, test = _pair(call, data, LINK)
    old = regression_tests_of([bug.pk]).get(bug.pk, [])
    BugRegressionTest.objects.get_or_create(bug=bug, test_card=test)
    _tell(call, bug, old)
    facts = moves.facts_of(call, "card", [bug])[bug.pk]
    unmet = gates.unmet_of(["bug_regression"], moves.Move(bug, "in_progress", facts))
    return {
        "success": True,
        "bug_card_id": str(bug.pk),
        "test_task_id": str(test.pk),
        "is_unblocked": not unmet,
    }


class UnlinkedTest(TypedDict):
    """`success` is false when the two were not linked."""

    success: bool


@people.operation(
    needs=LINK_TESTS, may_need=WORK_IN, writes=True, idempotent=True,
    rest="DELETE cards/<str:card_id>/test-tasks/<str:test_task_id>",
)  # fmt: skip
def unlink_regression_test(call: BoardCall, data: BugAndTest) -> UnlinkedTest:
    """End the link of a bug with a test card.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED.
    Event: card.updated.
    """
    bug, test = _pair(call, data, UNLINK)
    old = regression_tests_of([bug.pk]).get(bug.pk, [])
    removed, _ = BugRegressionTest.objects.filter(bug=bug, test_card=test).delete()
    _tell(call, bug, old)
    return {"success": bool(removed)}
