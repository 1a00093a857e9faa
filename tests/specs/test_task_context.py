"""Everything that somebody who works on a card needs."""

import pytest

from boards.models import Comment, Question
from specs.models import Decision, Knowledge, Requirement, Rule, Spec
from tests.boards.making import make_card, make_member, make_sprint
from tests.specs.card_making import caller_on, link, make_scenario, open_spec


@pytest.fixture
def act(board, alice):
    return caller_on(board, alice)


@pytest.fixture
def spec(board):
    return open_spec(board, title="Payments", context="Why")


@pytest.fixture
def card(spec):
    return make_card(spec, title="Build", card_type="test")


def add_decision(spec, number, status="active"):
    return Decision.objects.create(
        spec=spec, kind="decision", public_id=f"dec_{number}", number=number, position=number, title=f"D{number}",
        rationale="Because", status=status,
    )  # fmt: skip


def fill(spec, card, count):
    """Content of every kind on the spec and the card."""
    for number in range(1, count + 1):
        for place, kind in enumerate(("functional_requirement", "technical_requirement", "acceptance_criterion")):
            Requirement.objects.create(
                spec=spec, kind=kind, public_id=f"r{place}_{number}", number=number, position=number, text=f"T{number}"
            )
        Rule.objects.create(
            spec=spec, kind="rule", public_id=f"br_{number}", number=number, position=number, title="R", rule="r",
            when="w", then="t",
        )  # fmt: skip
        add_decision(spec, number)
        link(make_scenario(spec), card)
        for entity in (spec, card):
            Knowledge.objects.create(
                entity_id=entity.pk, public_id=f"kb_{number}", title="K", content="c", author_id="maker"
            )
            Question.objects.create(entity_id=entity.pk, question="Why?", asked_by="maker")
        Comment.objects.create(entity_id=card.pk, content="Hm", author_id="maker")


def test_the_published_parts_are_there(act, spec, card):
    answer = act("get_task_context", card_id=str(card.pk))
    assert {
        "card", "spec", "card_knowledge_bases", "my_test_scenarios", "resolved_references", "validations",
        "validation_config",
    } <= set(answer)  # fmt: skip
    assert (answer["card"]["title"], answer["card"]["depends_on"], answer["validations"]) == ("Build", [], [])
    assert (answer["spec"]["title"], answer["spec"]["context"]) == ("Payments", "Why")


def test_the_content_of_the_spec_is_there(act, spec, card):
    fill(spec, card, 1)
    body = act("get_task_context", card_id=str(card.pk))["spec"]
    assert (body["functional_requirements"], body["acceptance_criteria"]) == (["T1"], ["T1"])
    assert ([row["id"] for row in body["business_rules"]], len(body["qa_items"])) == (["br_1"], 1)
    assert "DEC-1 D1" in body["decisions_markdown"]


def test_only_active_decisions_are_told_unless_asked(act, spec, card):
    add_decision(spec, 1)
    add_decision(spec, 2, "superseded")
    body = act("get_task_context", card_id=str(card.pk))["spec"]
    everything = act("get_task_context", card_id=str(card.pk), include_superseded="true")["spec"]
    assert [row["id"] for row in body["decisions"]] == ["dec_1"]
    assert len(everything["decisions"]) == 2
    assert body["decisions_stats"] == {"total": 2, "active": 1, "superseded": 1, "revoked": 0}


def test_the_own_scenarios_are_those_that_the_card_tests(act, spec, card):
    mine = make_scenario(spec)
    make_scenario(spec)
    link(mine, card)
    answer = act("get_task_context", card_id=str(card.pk))
    assert [row["id"] for row in answer["my_test_scenarios"]] == [mine.public_id]
    types = {row["id"]: row["reference_type"] for row in answer["resolved_references"]["test_scenarios"]}
    assert types == {mine.public_id: "linked_task", "ts_00000002": "parent_spec"}


def test_ten_groups_of_references_are_there(act, card):
    references = act("get_task_context", card_id=str(card.pk))["resolved_references"]
    assert set(references) == {
        "functional_requirements", "technical_requirements", "acceptance_criteria", "test_scenarios", "business_rules",
        "api_contracts", "decisions", "knowledge_bases", "screen_mockups", "architecture_designs",
    }  # fmt: skip


def test_what_nobody_asks_for_is_left_out(act, spec, card):
    fill(spec, card, 1)
    names = ("knowledge", "mockups", "qa", "comments", "architecture")
    answer = act("get_task_context", card_id=str(card.pk), **{f"include_{name}": "false" for name in names})
    assert (answer["card"]["comments"], answer["card"]["qa_items"], answer["card_knowledge_bases"]) == ([], [], [])
    assert (answer["spec"]["qa_items"], answer["spec"]["knowledge_bases"], answer["omitted"]) == ([], [], [])


@pytest.mark.parametrize(
    ("flag", "path"),
    [
        ("card.qa.read", "card.qa_items"),
        ("card.comments.read", "card.comments"),
        ("card.tests.read", "my_test_scenarios"),
        ("spec.rules.read", "spec.business_rules"),
        ("spec.knowledge.read", "spec.knowledge_bases"),
    ],
)
def test_a_part_that_may_not_be_read_is_empty_and_named(board, spec, card, flag, path):
    fill(spec, card, 1)
    answer = caller_on(board, make_member(board, "bob", overrides=[flag]))("get_task_context", card_id=str(card.pk))
    found = answer
    for name in path.split("."):
        found = found[name]
    assert (found, answer["omitted"]) == ([], [path])


def test_rules_that_may_not_be_read_are_no_references(board, spec, card):
    fill(spec, card, 1)
    bob = caller_on(board, make_member(board, "bob", overrides=["spec.rules.read"]))
    assert bob("get_task_context", card_id=str(card.pk))["resolved_references"]["business_rules"] == []


def test_a_spec_that_may_not_be_read_is_null(board, card):
    bob = caller_on(board, make_member(board, "bob", overrides=["spec.entity.read"]))
    answer = bob("get_task_context", card_id=str(card.pk))
    assert (answer["spec"], answer["omitted"]) == (None, ["spec"])


def test_a_card_without_spec_has_none(act, card):
    type(card).objects.update(spec=None)
    answer = act("get_task_context", card_id=str(card.pk))
    assert (answer["spec"], answer["omitted"], answer["my_test_scenarios"]) == (None, [], [])


def test_the_board_decides_on_validation_when_nobody_else_does(act, card):
    assert act("get_task_context", card_id=str(card.pk))["validation_config"] == {
        "required": False, "min_confidence": 70, "min_completeness": 80, "max_drift": 50, "resolved_from": "board",
    }  # fmt: skip


def test_each_threshold_is_inherited_on_its_own(act, spec, card):
    Spec.objects.update(require_task_validation=True, validation_min_confidence=75, validation_max_drift=40)
    card.sprint = make_sprint(spec, validation_min_confidence=60)
    card.save(update_fields=["sprint"])
    assert act("get_task_context", card_id=str(card.pk))["validation_config"] == {
        "required": True, "min_confidence": 60, "min_completeness": 80, "max_drift": 40, "resolved_from": "spec",
    }  # fmt: skip


def test_reading_needs_the_right(board, card, mallory):
    bob = caller_on(board, make_member(board, "bob", overrides=["card.entity.context_read"]))
    refused = bob("get_task_context", card_id=str(card.pk))
    assert refused["details"]["required_permission"] == "card.entity.context_read"
    assert caller_on(board, mallory)("get_task_context", card_id=str(card.pk))["code"] == "NOT_FOUND"


@pytest.mark.parametrize("count", [3, 30])
def test_a_context_takes_the_same_queries_whatever_is_in_it(act, spec, card, count, django_assert_num_queries):
    fill(spec, card, count)
    with django_assert_num_queries(21):
        answer = act("get_task_context", card_id=str(card.pk))
    assert len(answer["my_test_scenarios"]) == count
