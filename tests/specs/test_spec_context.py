"""Everything about a spec in one answer."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from boards.models import Question
from specs.models import ArchitectureDesign, Knowledge, Mockup, Spec
from tests.boards.making import make_card, make_member, make_sprint
from tests.conftest import run
from tests.specs.authoring import add, context, put, written

PUBLISHED = [
    "id", "board_id", "title", "description", "context", "status", "version", "assignee_id", "created_by",
    "created_at", "updated_at", "labels", "ideation_id", "refinement_id", "functional_requirements",
    "technical_requirements", "acceptance_criteria", "test_scenarios", "business_rules", "api_contracts",
    "decisions", "decisions_stats", "evaluations", "skip_test_coverage", "skip_rules_coverage",
    "skip_decisions_coverage", "skip_qualitative_validation", "validation_threshold", "cards", "sprints",
    "screen_mockups", "architecture_designs", "qa_items", "knowledge_bases", "resolved_references",
    "coverage_summary",
]  # fmt: skip
GROUPS = [
    "functional_requirements", "technical_requirements", "acceptance_criteria", "test_scenarios", "business_rules",
    "api_contracts", "decisions", "knowledge_bases", "screen_mockups", "architecture_designs",
]  # fmt: skip


def fill(alice, spec, count=1):
    """That many of everything on a spec."""
    row = Spec.objects.get(pk=spec["id"])
    for number in range(count):
        rule = add("business_rule", alice, spec, linked_requirements=[0])
        add("api_contract", alice, spec, linked_rules=[rule["id"]])
        add("test_scenario", alice, spec, linked_criteria=[0])
        add("decision", alice, spec, title=f"D{number}")
        card = make_card(row)
        run("okto_pulse_link_task_to_rule", alice, spec_id=spec["id"], rule_id=rule["id"], card_id=str(card.pk))
        make_sprint(row)
        key = f"{row.knowledge.count()}-{number}"
        Knowledge.objects.create(entity=row, public_id=f"k{key}", title="K", content="Secret", author_id="x")
        Mockup.objects.create(entity=row, public_id=f"sm_{key}", title="M", html_content="<p>Secret</p>")
        ArchitectureDesign.objects.create(entity=row, title="A", global_description="Text")
        Question.objects.create(entity=row, question="Why?", asked_by="x")
    return card


@pytest.fixture
def spec(board, alice):
    return written(board, alice)


def test_the_context_has_every_published_key(alice, spec):
    assert [name for name in PUBLISHED if name not in context(alice, spec)] == []


def test_the_context_is_json(alice, spec):
    fill(alice, spec)
    assert json.loads(json.dumps(context(alice, spec)))["id"] == spec["id"]


def test_every_part_is_filled(alice, spec):
    fill(alice, spec)
    found = context(alice, spec)
    parts = ("test_scenarios", "business_rules", "api_contracts", "decisions", "cards", "sprints", "screen_mockups",
             "architecture_designs", "qa_items", "knowledge_bases")  # fmt: skip
    assert {name: len(found[name]) for name in parts} == dict.fromkeys(parts, 1)
    assert (found["evaluations"], found["omitted"]) == ([], [])


@pytest.mark.parametrize(
    ("option", "part"),
    [
        ("include_knowledge", "knowledge_bases"),
        ("include_mockups", "screen_mockups"),
        ("include_qa", "qa_items"),
        ("include_architecture", "architecture_designs"),
    ],
)
def test_a_part_that_is_not_wanted_is_empty_and_not_omitted(alice, spec, option, part):
    fill(alice, spec)
    found = context(alice, spec, **{option: "false"})
    assert (found[part], found["resolved_references"].get(part, []), found["omitted"]) == ([], [], [])


@pytest.mark.parametrize(
    ("flag", "part"),
    [
        ("spec.tests.read", "test_scenarios"),
        ("spec.rules.read", "business_rules"),
        ("spec.contracts.read", "api_contracts"),
        ("spec.knowledge.read", "knowledge_bases"),
        ("spec.mockups.read", "screen_mockups"),
        ("spec.architecture.read", "architecture_designs"),
        ("spec.qa.read", "qa_items"),
        ("card.entity.read", "cards"),
        ("sprint.entity.read", "sprints"),
        ("spec.evaluations.read", "evaluations"),
    ],
)
def test_a_part_that_the_caller_may_not_read_is_empty_and_named(board, alice, spec, flag, part):
    fill(alice, spec)
    bob = make_member(board, "bob", overrides=[flag])
    found = context(bob, spec)
    assert (found[part], found["omitted"], found["resolved_references"].get(part, [])) == ([], [part], [])


def test_the_context_is_closed_without_the_right_to_read_specs(board, alice, spec):
    bob = make_member(board, "bob", overrides=["spec.entity.read"])
    assert context(bob, spec)["details"]["required_permission"] == "spec.entity.read"


def test_references_have_ten_groups_that_say_where_each_comes_from(alice, spec):
    fill(alice, spec)
    found = context(alice, spec)["resolved_references"]
    rule = found["business_rules"][0]
    assert list(found) == GROUPS
    assert (rule["source_type"], rule["source_id"], rule["reference_type"]) == ("spec", spec["id"], "direct")
    assert (rule["referenced_by_task"], found["test_scenarios"][0]["referenced_by_task"]) == (True, False)


def test_references_hold_no_contents(alice, spec):
    fill(alice, spec)
    assert "Secret" not in json.dumps(context(alice, spec)["resolved_references"])


def test_superseded_decisions_are_shown_when_asked_for(alice, spec):
    older = add("decision", alice, spec, title="Older")
    add("decision", alice, spec, title="Newer", supersedes_decision_id=older["id"])
    shown, everything = context(alice, spec), context(alice, spec, include_superseded="true")
    assert (len(shown["decisions"]), len(everything["decisions"])) == (1, 2)
    assert (len(shown["resolved_references"]["decisions"]), len(everything["resolved_references"]["decisions"])) == (
        1,
        2,
    )


def test_a_summary_holds_no_texts(alice, spec):
    found = context(alice, spec, detail="summary")
    assert ("coverage_summary" in found, "functional_requirements" in found, "cards" in found) == (True, False, False)


def test_only_named_keys_are_answered(alice, spec):
    assert set(context(alice, spec, fields="decisions|coverage_summary")) == {"id", "decisions", "coverage_summary"}


def test_the_number_of_queries_does_not_grow(alice, spec):
    def count(rows):
        fill(alice, spec, rows)
        with CaptureQueriesContext(connection) as queries:
            context(alice, spec)
        return len(queries)

    few = count(3)
    assert (count(27), few <= 25) == (few, True)


def test_an_agent_that_may_only_read_is_told_the_lock(alice, spec):
    put(spec, "validated")
    assert context(alice, spec)["locked"] is True
