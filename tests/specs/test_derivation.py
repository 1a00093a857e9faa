"""Specs of ideations and refinements: what they start from, and when."""

import pytest

from pulse_project.core.models import DomainEvent
from specs.models import Ideation, Spec
from tests.boards.making import make_board, make_ideation, make_member, make_refinement
from tests.conftest import run
from tests.specs.planning import events_of, make_done_ideation, make_done_refinement

FROM_IDEATION, FROM_REFINEMENT = "okto_pulse_derive_spec_from_ideation", "okto_pulse_derive_spec_from_refinement"


def derived(caller, source):
    name = FROM_IDEATION if source.kind == "ideation" else FROM_REFINEMENT
    return run(name, caller, **{f"{source.kind}_id": str(source.pk)})


def test_a_spec_of_an_ideation_starts_from_problem_approach_and_scope(board, alice):
    ideation = make_done_ideation(
        board, title="Retry", description="d", problem_statement="Calls fail.", proposed_approach="Try again.",
        scope_assessment={"domains": 1, "domains_justification": "One."}, complexity="small", labels=["a"],
    )  # fmt: skip
    answer = derived(alice, ideation)
    assert answer["spec"]["context"] == (
        "## Problem Statement\n\nCalls fail.\n\n## Proposed Approach\n\nTry again.\n\n"
        "## Scope Assessment\n\n- Domains: 1 of 5. One."
    )
    assert (answer["spec"]["title"], answer["spec"]["description"], answer["spec"]["labels"]) == ("Retry", "d", ["a"])
    assert (answer["spec"]["status"], answer["spec"]["ideation_id"], answer["spec"]["refinement_id"]) == (
        "draft", str(ideation.pk), None,
    )  # fmt: skip


def test_without_sections_it_starts_from_the_description(board, alice):
    assert derived(alice, make_done_ideation(board, description="d"))["spec"]["context"] == "d"


def test_no_requirements_are_filled_in(board, alice):
    spec = derived(alice, make_done_ideation(board))["spec"]
    assert (spec["functional_requirements"], spec["acceptance_criteria"]) == ([], [])


def test_a_spec_of_a_refinement_starts_from_scope_analysis_and_decisions(board, alice):
    refinement = make_done_refinement(
        board, in_scope=["A", "B\nC"], out_of_scope=["X"], analysis="Sound.", decisions=["D"]
    )
    answer = derived(alice, refinement)
    assert answer["spec"]["context"] == (
        "## In Scope\n\n- A\n- B\n  C\n\n## Out of Scope\n\n- X\n\n## Analysis\n\nSound.\n\n## Decisions\n\n- D"
    )
    assert (answer["spec"]["ideation_id"], answer["spec"]["refinement_id"]) == (
        str(refinement.ideation_id), str(refinement.pk),
    )  # fmt: skip


def test_it_is_told_of_the_spec_and_of_its_source(board, alice):
    ideation = make_done_ideation(board)
    spec = Spec.objects.get(pk=derived(alice, ideation)["spec"]["id"])
    assert (events_of(ideation), events_of(spec)) == (["ideation.derived_to_spec"], ["spec.created"])
    payload = DomainEvent.objects.get(type="spec.created").payload
    assert (payload["source"], payload["origin_id"]) == ("derived_ideation", str(ideation.pk))


def test_a_refinement_tells_its_own_source(board, alice):
    refinement = make_done_refinement(board)
    spec = Spec.objects.get(pk=derived(alice, refinement)["spec"]["id"])
    assert (events_of(refinement), events_of(spec)) == (["refinement.derived_to_spec"], ["spec.created"])
    assert DomainEvent.objects.get(type="spec.created").payload["source"] == "derived_refinement"


@pytest.mark.parametrize("complexity", ["medium", "large"])
def test_a_larger_ideation_is_refined_first(board, alice, complexity):
    ideation = make_done_ideation(board, complexity=complexity)
    refused = derived(alice, ideation)
    (unmet,) = refused["details"]["unmet"]
    assert (refused["code"], unmet["code"]) == ("GATE_BLOCKED", "complexity.needs_refinement")
    assert (unmet["fix"]["operation"], unmet["fix"]["needs"]) == ("okto_pulse_create_refinement", ["in_scope"])


def test_following_the_fix_of_complexity_makes_the_refinement(board, alice):
    fix = derived(alice, make_done_ideation(board, complexity="large"))["details"]["unmet"][0]["fix"]
    assert run(fix["operation"], alice, **fix["params"], in_scope="A")["refinement"]["title"] == "Ideation"


@pytest.mark.parametrize("status", ["draft", "review", "approved", "evaluating", "cancelled"])
def test_only_a_done_ideation_is_derived_from(board, alice, status):
    refused = derived(alice, make_ideation(board, status=status))
    assert (refused["code"], refused["details"]["unmet"][0]["code"]) == ("GATE_BLOCKED", "source_done.not_done")
    assert not Spec.objects.exists()


@pytest.mark.parametrize("status", ["draft", "review", "approved", "cancelled"])
def test_only_a_done_refinement_is_derived_from(board, alice, status):
    refused = derived(alice, make_refinement(make_done_ideation(board), status=status))
    assert (refused["code"], refused["details"]["unmet"][0]["code"]) == ("GATE_BLOCKED", "source_done.not_done")


def test_everything_that_is_in_the_way_is_named_at_once(board, alice):
    refused = derived(alice, make_ideation(board, complexity="large"))
    assert [unmet["gate"] for unmet in refused["details"]["unmet"]] == ["source_done", "complexity"]


@pytest.mark.parametrize("kind", ["ideation", "refinement"])
def test_deriving_needs_its_flag(board, kind):
    source = make_done_ideation(board) if kind == "ideation" else make_done_refinement(board)
    bob = make_member(board, "bob", overrides=[f"{kind}.specs_derive"])
    assert derived(bob, source)["details"]["required_permission"] == f"{kind}.specs_derive"


def test_what_is_archived_is_not_derived_from(board, alice):
    from pulse_project.core import clock

    refused = derived(alice, make_done_ideation(board, archived_at=clock.now()))
    assert refused["details"]["unmet"][0]["gate"] == "archived"


def test_a_stranger_derives_nothing(board, mallory):
    assert derived(mallory, make_done_ideation(board))["code"] == "NOT_FOUND"
    assert derived(mallory, make_done_refinement(board))["code"] == "NOT_FOUND"


def test_the_id_of_another_board_is_unknown(board, alice):
    foreign = make_done_ideation(make_board())
    assert run(FROM_IDEATION, alice, board_id=str(board.pk), ideation_id=str(foreign.pk))["code"] == "NOT_FOUND"


def test_an_ideation_gives_several_specs(board, alice):
    ideation = make_done_ideation(board)
    assert [derived(alice, ideation)["spec"]["ref"] for _ in range(2)] == ["S-1", "S-2"]
    assert Ideation.objects.get(pk=ideation.pk).specs.count() == 2
