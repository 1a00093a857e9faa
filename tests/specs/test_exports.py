"""Objects as Markdown."""

import pytest

from boards.models import Comment, Question
from specs.markdown import fenced, line
from specs.models import Knowledge, Spec
from tests.boards.making import make_card, make_ideation, make_member, make_refinement, make_sprint
from tests.conftest import run
from tests.specs.authoring import AUTOMATED, add, written


def export(caller, board, kind, pk):
    arguments = {"board_id": str(board.pk), "entity_type": kind, "entity_id": str(pk)}
    return run("okto_pulse_export_markdown", caller, **arguments)


@pytest.fixture
def spec(board, alice):
    """A spec with linked items, evidence, a card and a question."""
    made = written(board, alice, description="What it is")
    rule = add("business_rule", alice, made, linked_requirements=[0], notes="Note")
    add("api_contract", alice, made, request_body_json={"a": 1}, linked_rules=[rule["id"]])
    scenario = add("test_scenario", alice, made, linked_criteria=[0])
    older = add("decision", alice, made, title="Older")
    add("decision", alice, made, title="Newer", supersedes_decision_id=older["id"], alternatives_considered=["x", "y"])
    row = Spec.objects.get(pk=made["id"])
    card = make_card(row, title="Work")
    run("okto_pulse_link_task_to_rule", alice, spec_id=made["id"], rule_id=rule["id"], card_id=str(card.pk))
    arguments = {"spec_id": made["id"], "scenario_id": scenario["id"], "status": "automated", "evidence": AUTOMATED}
    run("okto_pulse_update_test_scenario_status", alice, **arguments)
    Question.objects.create(entity=row, question="Why?", asked_by="bob", answer="Because")
    Knowledge.objects.create(entity=row, public_id="k", title="Known", content="Text", author_id="bob")
    return row


def test_a_spec_is_exported_with_items_links_and_decisions(board, alice, spec):
    answer = export(alice, board, "spec", spec.pk)
    text = answer["markdown"]
    expected = [
        "# S-1 Spec", "- **FR-1** F0", "### BR-1 Rule", "- **Links:** FR-1", "C-1 (not\\_started)",
        "### API-1 POST /things", '"a": 1', "### TS-1 Scenario", "t.py", "- **Supersedes:** DEC-1", "- x",
        "Why?", "Because", "### Known",
    ]  # fmt: skip
    assert [part for part in expected if part not in text] == []
    assert (answer["filename"], answer["mime_type"]) == ("S-1.md", "text/markdown")


@pytest.mark.parametrize(
    ("flag", "part"),
    [
        ("spec.rules.read", "### BR-1"),
        ("spec.contracts.read", "### API-1"),
        ("spec.tests.read", "### TS-1"),
        ("spec.qa.read", "Why?"),
        ("spec.knowledge.read", "### Known"),
        ("card.entity.read", "**C-1** Work"),
    ],
)
def test_a_part_that_the_caller_may_not_read_is_left_out(board, alice, spec, flag, part):
    bob = make_member(board, "bob", overrides=[flag])
    texts = [export(caller, board, "spec", spec.pk)["markdown"] for caller in (alice, bob)]
    assert [part in text for text in texts] == [True, False]


def test_an_ideation_is_exported_with_its_judgement_and_children(board, alice):
    ideation = make_ideation(
        board, problem_statement="It hurts", scope_assessment={"domains": 3}, complexity="large", title="Idea"
    )
    make_refinement(ideation, title="Part")
    text = export(alice, board, "ideation", ideation.pk)["markdown"]
    assert [part for part in ("It hurts", "- **Domains:** 3", "large", "**R-1** Part") if part not in text] == []


def test_a_refinement_is_exported_with_its_scope(board, alice):
    refinement = make_refinement(make_ideation(board), in_scope=["This"], out_of_scope=["That"], decisions=["So"])
    text = export(alice, board, "refinement", refinement.pk)["markdown"]
    assert [part for part in ("## In scope\n\n- This", "- That", "- So") if part not in text] == []


def test_a_sprint_is_exported_with_its_cards(board, alice, spec):
    sprint = make_sprint(spec, objective="Ship")
    make_card(spec, sprint=sprint, title="Planned")
    text = export(alice, board, "sprint", sprint.pk)["markdown"]
    assert [part for part in ("Ship", "**C-2** Planned") if part not in text] == []


def test_a_card_is_exported_with_what_it_works_on_and_its_comments(board, alice, spec):
    card = spec.cards.get()
    Comment.objects.create(entity=card, content="Looks good", author_id="bob")
    text = export(alice, board, "card", card.pk)["markdown"]
    assert [part for part in ("## Works on\n\n- BR-1", "Looks good") if part not in text] == []


@pytest.mark.parametrize("kind", ["ideation", "refinement", "spec", "sprint", "card"])
def test_every_kind_needs_its_right_to_read(board, kind):
    bob = make_member(board, "bob", overrides=[f"{kind}.entity.read"])
    refused = export(bob, board, kind, "0" * 32)
    assert (refused["code"], refused["details"]["required_permission"]) == (
        "PERMISSION_DENIED", f"{kind}.entity.read",
    )  # fmt: skip


def test_another_kind_under_the_same_id_does_not_exist(board, alice, spec):
    assert export(alice, board, "card", spec.pk)["code"] == "NOT_FOUND"


def test_an_unknown_kind_is_refused(board, alice, spec):
    assert export(alice, board, "board", spec.pk)["code"] == "VALIDATION_ERROR"


def test_a_stranger_exports_nothing(board, mallory, spec):
    assert export(mallory, board, "spec", spec.pk)["code"] == "NOT_FOUND"


def test_no_text_leaves_its_fence(board, alice):
    hostile = "````\n# Not a heading\n```\n<script>alert(1)</script>"
    text = export(alice, board, "spec", written(board, alice, description=hostile)["id"])["markdown"]
    assert f"`````markdown\n{hostile}\n`````" in text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<b>*bold*</b>", "\\<b\\>\\*bold\\*\\</b\\>"),
        ("# heading\n## two", "\\# heading \\#\\# two"),
        ("1. one", "1\\. one"),
        ("- dash", "\\- dash"),
        ("[a](javascript:x)", "\\[a\\](javascript:x)"),
    ],
)
def test_short_texts_are_escaped(text, found):
    assert line(text) == found


def test_a_fence_is_longer_than_any_in_its_text():
    assert fenced("a ``` b") == "````\na ``` b\n````"
