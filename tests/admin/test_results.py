"""The words of a refusal in the admin: every condition, what helps, and who may do it."""

from typing import Any

import pytest

from pulse_project.core.admin.results import Report, Row, conditions_of, fix_in_words, refused
from pulse_project.core.errors import Code, Failure

FIX = {"label": "Move S-1 to review", "operation": "move_spec", "needs": [], "allowed": True, "url": "/go/spec/1"}


def unmet(**over: Any) -> dict[str, Any]:
    return {"code": "gate.code", "message": "It is not so.", "fix": FIX, "skip": None, **over}


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (unmet(), "Move S-1 to review."),
        (unmet(fix={**FIX, "needs": ["card_ids", "title"]}), "Move S-1 to review. It asks for card ids, title."),
        (unmet(fix={**FIX, "allowed": False}), "Move S-1 to review. You lack the right to do that."),
        (unmet(fix={**FIX, "operation": None, "allowed": False}), "Move S-1 to review."),
        (
            unmet(skip={"setting": "skip_rules_coverage", "scope": "spec", "may_change": True}),
            "Move S-1 to review. Or change skip_rules_coverage of the spec.",
        ),
        ({"message": "It is not so."}, ""),
    ],
)
def test_a_fix_is_told_in_words(item: dict[str, Any], words: str) -> None:
    assert fix_in_words(item) == words


def test_conditions_that_the_refusal_left_out_are_counted() -> None:
    failure = Failure(Code.GATE_BLOCKED, "It is not so.", unmet=[unmet()], unmet_total=53)
    assert [condition.message for condition in conditions_of(failure)] == ["It is not so.", "And 52 more conditions."]
    assert refused("record", failure).sentence == "53 unmet conditions. (GATE_BLOCKED)"


def test_a_missing_right_is_named() -> None:
    failure = Failure(Code.PERMISSION_DENIED, "You may not.", required_permission="card.entity.delete")
    assert [condition.message for condition in conditions_of(failure)] == ["Missing right: card.entity.delete"]


def test_a_refusal_without_details_stands_for_itself() -> None:
    row = refused("record", Failure(Code.NOT_FOUND, "No such card."))
    assert (row.sentence, row.conditions, row.reasons) == ("No such card. (NOT_FOUND)", [], {"NOT_FOUND"})


def test_reasons_count_records_and_not_conditions() -> None:
    twice = Failure(Code.GATE_BLOCKED, "It is not so.", unmet=[unmet(), unmet()])
    rows = [refused("one", twice), refused("two", twice), Row("three", "Ready.", good=True)]
    assert Report("Move", "", rows).reasons == [("gate.code", 2)]


def test_one_refusal_needs_no_list_of_reasons() -> None:
    assert Report("Move", "", [refused("one", Failure(Code.NOT_FOUND, "No such card."))]).reasons == []
