"""What a refusal says is enough: whoever follows its fixes, depth first, gets the refused call through."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from boards.models import CardDependency
from pulse_project.core import clock
from tests.boards.making import make_card, make_ideation, make_refinement, make_spec, make_sprint
from tests.conftest import run
from tests.specs.authoring import RUN
from tests.specs.card_making import REPORT, make_scenario, open_spec

Refused = tuple[str, dict[str, Any], dict[str, Any]]  # operation, its arguments, what only the caller knows
DEEPEST = 12


def follow(caller: Any, operation: str, arguments: dict[str, Any], knows: dict[str, Any], depth: int = 0) -> Any:
    """Call; while a gate refuses, take the steps of its first fix and call again. Answers the call that went through.

    A fix that is the same call with more arguments is the call itself.
    """
    for _ in range(DEEPEST):
        answer = run(operation, caller, **arguments)
        if answer.get("code") != "GATE_BLOCKED":
            assert "error" not in answer, answer
            return answer
        assert depth < DEEPEST, answer
        fix = answer["details"]["unmet"][0]["fix"]
        for step in (fix, *fix.get("then", ())):
            given = {**step["params"], **{name: knows[name] for name in step["needs"]}}
            answer = follow(caller, step["operation"], given, knows, depth + 1)
            if step["operation"] == operation and arguments.items() <= given.items():
                return answer
    raise AssertionError(f"{operation} is still refused: {answer}")


def archived_card(board: Any) -> Refused:
    ideation = make_ideation(board, archived_at=clock.now())
    card = make_card(open_spec(board, ideation=ideation, archived_at=clock.now()), archived_at=clock.now())
    return "update_card", {"card_id": str(card.pk), "title": "Alive"}, {}


def archived_board(board: Any) -> Refused:
    type(board).objects.filter(pk=board.pk).update(archived_at=clock.now())
    return "create_ideation", {"board_id": board.slug, "title": "Alive"}, {}


def start_on(status: str, card_type: str = "normal") -> Callable[[Any], Refused]:
    def make(board: Any) -> Refused:
        card = make_card(make_spec(board, status=status), card_type=card_type)
        return "move_card", {"card_id": str(card.pk), "status": "started"}, {}

    return make


def card_without_spec(board: Any) -> Refused:
    spec, card = make_spec(board), make_card(open_spec(board))
    type(card).objects.update(spec=None)
    return "move_card", {"card_id": str(card.pk), "status": "started"}, {"spec_id": str(spec.pk)}


def waiting_card(board: Any) -> Refused:
    """Both cards belong to specs that nobody works on yet; the second waits for a third."""
    cards = [make_card(make_spec(board)) for _ in range(3)]
    for card, other in pairwise(cards):
        CardDependency.objects.create(card=card, depends_on=other)
    return "move_card", {"card_id": str(cards[0].pk), "status": "started"}, REPORT


def unreported(*given: str) -> Callable[[Any], Refused]:
    def make(board: Any) -> Refused:
        card = make_card(open_spec(board), status="in_progress")
        parts = {name: REPORT[name] for name in given}
        return "move_card", {"card_id": str(card.pk), "status": "validation", **parts}, REPORT

    return make


def finished_ideation(board: Any) -> Refused:
    ideation = make_ideation(board, status="done")
    return "update_ideation", {"ideation_id": str(ideation.pk), "title": "Again"}, {}


def approved_refinement(board: Any) -> Refused:
    refinement = make_refinement(make_ideation(board), status="approved")
    return "update_refinement", {"refinement_id": str(refinement.pk), "title": "Again"}, {}


def locked(status: str) -> Callable[[Any], Refused]:
    def make(board: Any) -> Refused:
        spec = make_spec(board, status=status, locked_at=clock.now(), locked_by="somebody")
        return "update_spec", {"spec_id": str(spec.pk), "title": "Again"}, {}

    return make


def spec_of_a_draft(board: Any) -> Refused:
    return "derive_spec_from_ideation", {"ideation_id": str(make_ideation(board).pk)}, {}


def refinement_of_a_draft(board: Any) -> Refused:
    arguments = {"ideation_id": str(make_ideation(board).pk), "title": "Part", "in_scope": ["A"]}
    return "create_refinement", arguments, {}


def spec_of_a_vague_refinement(board: Any) -> Refused:
    """It is neither done nor does it say what belongs to it."""
    refinement = make_refinement(make_ideation(board, status="done"))
    return "derive_spec_from_refinement", {"refinement_id": str(refinement.pk)}, {"in_scope": ["A"]}


def vague_refinement(board: Any) -> Refused:
    refinement = make_refinement(make_ideation(board, status="done"))
    return "move_refinement", {"refinement_id": str(refinement.pk), "status": "review"}, {"in_scope": ["A"]}


def card_on(status: str) -> Callable[[Any], Refused]:
    def make(board: Any) -> Refused:
        return "create_card", {"spec_id": str(make_spec(board, status=status).pk), "title": "Card"}, {}

    return make


def linked_to_a_draft(board: Any) -> Refused:
    card = make_card(open_spec(board))
    return "link_card_to_spec", {"card_id": str(card.pk), "spec_id": str(make_spec(board).pk)}, {}


def claimed(status: str, evidence: dict[str, str]) -> Callable[[Any], Refused]:
    def make(board: Any) -> Refused:
        scenario = make_scenario(open_spec(board))
        arguments = {"spec_id": str(scenario.spec_id), "scenario_id": scenario.public_id, "status": status}
        return "update_test_scenario_status", arguments, {"evidence": evidence}

    return make


def empty_sprint(board: Any) -> Refused:
    spec = open_spec(board)
    sprint, card = make_sprint(spec), make_card(spec)
    return "move_sprint", {"sprint_id": str(sprint.pk), "status": "active"}, {"card_ids": [str(card.pk)]}


CASES: list[tuple[str, Callable[[Any], Refused]]] = [
    ("archived", archived_card),
    ("archived", archived_board),
    *(("spec_state", start_on(status)) for status in ("draft", "review", "approved", "validated", "cancelled")),
    ("spec_state", start_on("draft", "test")),
    ("spec_state", card_without_spec),
    ("spec_state", waiting_card),
    ("execution_report", unreported()),
    ("execution_report", unreported("conclusion", "drift")),
    ("editable", finished_ideation),
    ("editable", approved_refinement),
    *(("content_lock", locked(status)) for status in ("validated", "in_progress", "done")),
    ("source_done", spec_of_a_draft),
    ("source_done", refinement_of_a_draft),
    ("source_done", spec_of_a_vague_refinement),
    ("refinement_scope", vague_refinement),
    *(("card_spec_state", card_on(status)) for status in ("draft", "review", "validated", "cancelled")),
    ("card_spec_state", linked_to_a_draft),
    ("evidence", claimed("automated", {"test_file_path": "t.py", "test_function": "test_x"})),
    ("evidence", claimed("passed", RUN)),
    ("sprint_cards", empty_sprint),
]


@pytest.mark.parametrize(("gate", "make"), CASES)
def test_following_the_fixes_gets_the_refused_call_through(
    board: Any, operator: Any, gate: str, make: Callable[[Any], Refused]
) -> None:
    name, arguments, knows = make(board)
    arguments = {"board_id": str(board.pk), **arguments}
    refused = run(f"okto_pulse_{name}", operator, **arguments)
    assert refused["details"]["unmet"][0]["gate"] == gate
    follow(operator, f"okto_pulse_{name}", arguments, knows)


@pytest.mark.parametrize(("gate", "make"), CASES)
def test_every_refusal_has_one_shape(board: Any, operator: Any, gate: str, make: Callable[[Any], Refused]) -> None:
    name, arguments, _ = make(board)
    details = run(f"okto_pulse_{name}", operator, **{"board_id": str(board.pk), **arguments})["details"]
    assert set(details) - {"transition"} == {"operation", "unmet", "unmet_total", "agent_hint"}
    assert details["operation"] == f"okto_pulse_{name}"
    for unmet in details["unmet"]:
        steps = [unmet["fix"], *unmet["fix"].get("then", ())]
        shape = [set(unmet) - {"facts"}, set(unmet["subject"]), set(unmet["fix"]) - {"then"}]
        assert shape == [
            {"gate", "code", "message", "subject", "fix", "skip", "waivable"},
            {"kind", "id", "ref", "title", "url"},
            {"label", "url", "operation", "params", "needs", "allowed"},
        ]
        assert [step["params"]["board_id"] for step in steps] == [str(board.pk)] * len(steps)


@pytest.mark.parametrize("complexity", ["medium", "large"])
def test_a_large_idea_becomes_a_spec_by_way_of_a_refinement(board: Any, operator: Any, complexity: str) -> None:
    """The call itself stays refused: the steps of the fix lead to the spec instead."""
    ideation = make_ideation(board, status="done", complexity=complexity)
    refused = run("okto_pulse_derive_spec_from_ideation", operator, ideation_id=str(ideation.pk))
    [unmet] = refused["details"]["unmet"]
    [derive] = unmet["fix"]["then"]
    made = follow(operator, unmet["fix"]["operation"], {**unmet["fix"]["params"], "in_scope": ["A"]}, {})
    given = {**derive["params"], "refinement_id": made["refinement"]["id"]}
    assert derive["needs"] == ["refinement_id"]
    assert follow(operator, derive["operation"], given, {})["spec"]["refinement_id"] == made["refinement"]["id"]


def test_a_card_with_too_many_scenarios_is_told_the_limit(board: Any, operator: Any) -> None:
    spec = open_spec(board)
    ids = [make_scenario(spec).public_id for _ in range(4)]
    wish = {"board_id": board.slug, "spec_id": str(spec.pk), "title": "Test", "card_type": "test"}
    [unmet] = run("okto_pulse_create_card", operator, **wish, test_scenario_ids=ids)["details"]["unmet"]
    assert (unmet["code"], unmet["fix"]["operation"]) == ("scenario_cap.too_many", None)
    assert "At most 3 scenarios a card" in unmet["fix"]["label"]
    assert "card" in run("okto_pulse_create_card", operator, **wish, test_scenario_ids=ids[:3])


@pytest.mark.parametrize("kind", ["ideation", "refinement"])
def test_what_is_cancelled_for_good_is_told_so(board: Any, operator: Any, kind: str) -> None:
    ideation = make_ideation(board, status="cancelled")
    plan = ideation if kind == "ideation" else make_refinement(ideation, status="cancelled")
    arguments = {f"{kind}_id": str(plan.pk), "title": "Again"}
    [unmet] = run(f"okto_pulse_update_{kind}", operator, **arguments)["details"]["unmet"]
    assert (unmet["fix"]["operation"], "Begin a new one" in unmet["fix"]["label"]) == (None, True)
