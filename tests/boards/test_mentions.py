"""Who is named in a text: whole names only, in any case, the longest wins, agents of the board alone."""

import pytest

from boards import mentions
from boards.models import Mention, SeenItem
from pulse_project.core.models import Agent
from tests.boards.making import (
    make_board,
    make_card,
    make_ideation,
    make_member,
    make_refinement,
    make_spec,
    make_sprint,
)
from tests.conftest import run


@pytest.fixture
def ann(board):
    return make_member(board, "ann")


@pytest.fixture
def anne(board):
    return make_member(board, "anne-marie")


def named(board, text):
    found = mentions.agents_in(board, text)
    return set(Agent.objects.filter(pk__in=found).values_list("agent_id", flat=True))


@pytest.mark.parametrize(
    "text",
    ["@ann", "Hello @ann!", "(@ANN)", "@ann, look", "ask @Ann.", "@ann-", "@ann's card", "@ann/@other", "x\n@ann\n"],
)
def test_a_whole_name_is_found(board, ann, text):
    assert named(board, text) == {"ann"}


@pytest.mark.parametrize(
    "text", ["ann", "@anna", "@ann_x", "mail@ann", "@ann-lee", "@ann.lee", "@ ann", "@", "@@", "", "@nobody"]
)
def test_a_part_of_a_word_is_no_name(board, ann, text):
    assert named(board, text) == set()


def test_the_longest_name_wins(board, ann, anne):
    assert named(board, "@anne-marie and nobody else") == {"anne-marie"}
    assert named(board, "@ann and @anne-marie") == {"ann", "anne-marie"}


def test_an_agent_is_named_by_its_name_and_by_its_id(board, anne):
    Agent.objects.filter(agent_id="anne-marie").update(name="The Builder")
    assert named(board, "@the builder, please") == named(board, "@anne-marie") == {"anne-marie"}


def test_agents_of_other_boards_are_not_named(board, mallory):
    assert named(board, "@mallory") == set()


def test_a_text_without_the_sign_costs_no_query(board, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert mentions.agents_in(board, "nobody is named here") == set()


def test_a_text_of_nothing_but_signs_is_read_quickly(board, ann):
    assert mentions.agents_in(board, "@a" * 50_000) == set()


def test_a_changed_text_changes_who_is_named(board, alice, ann, anne):
    card = make_card(make_spec(board))
    comment = run("okto_pulse_add_comment", alice, card_id=str(card.pk), content="@ann look")["comment"]
    run("okto_pulse_update_comment", alice, comment_id=comment["id"], content="@anne-marie look")
    assert [mention.agent.agent_id for mention in Mention.objects.select_related("agent")] == ["anne-marie"]


def test_who_is_named_still_keeps_what_was_seen(board, alice, ann):
    card = make_card(make_spec(board))
    comment = run("okto_pulse_add_comment", alice, card_id=str(card.pk), content="@ann look")["comment"]
    run("okto_pulse_mark_as_seen", ann, board_id=str(board.pk), item_ids=comment["id"])
    run("okto_pulse_update_comment", alice, comment_id=comment["id"], content="@ann look again")
    assert run("okto_pulse_get_unseen_summary", ann, board_id=str(board.pk))["unseen_mentions"] == 0


def test_a_deleted_text_names_nobody(board, alice, ann):
    card = make_card(make_spec(board))
    comment = run("okto_pulse_add_comment", alice, card_id=str(card.pk), content="@ann look")["comment"]
    run("okto_pulse_mark_as_seen", ann, board_id=str(board.pk), item_ids=comment["id"])
    run("okto_pulse_delete_comment", alice, comment_id=comment["id"])
    assert [Mention.objects.count(), SeenItem.objects.count()] == [0, 0]


@pytest.mark.parametrize(
    ("kind", "item_type"),
    [
        ("card", "qa"), ("spec", "spec_qa"), ("ideation", "ideation_qa"), ("refinement", "refinement_qa"),
        ("sprint", "sprint_qa"),
    ],
)  # fmt: skip
def test_questions_of_every_kind_name_people(board, alice, ann, kind, item_type):
    spec, ideation = make_spec(board), make_ideation(board)
    entity = {
        "card": lambda: make_card(spec), "spec": lambda: spec, "ideation": lambda: ideation,
        "refinement": lambda: make_refinement(ideation), "sprint": lambda: make_sprint(spec),
    }[kind]()  # fmt: skip
    tool = "okto_pulse_ask_question" if kind == "card" else f"okto_pulse_ask_{kind}_question"
    run(tool, alice, **{f"{kind}_id": str(entity.pk)}, question="@ann, why?")
    (found,) = run("okto_pulse_list_my_mentions", ann, board_id=str(board.pk))["mentions"]
    assert (found["type"], found["entity_kind"], found["content"]) == (item_type, kind, "@ann, why?")


def test_an_answer_names_people_too(board, alice, ann):
    spec = make_spec(board)
    qa = run("okto_pulse_ask_spec_question", alice, spec_id=str(spec.pk), question="Who?")["qa"]
    run("okto_pulse_answer_spec_question", alice, spec_id=str(spec.pk), qa_id=qa["id"], answer="@ann did")
    (found,) = run("okto_pulse_list_my_mentions", ann, board_id=str(board.pk))["mentions"]
    assert (found["item_id"], found["answer"]) == (qa["id"], "@ann did")


def test_two_agents_of_one_name_are_both_named(board, ann):
    make_member(board, "ann-2")
    Agent.objects.filter(agent_id__startswith="ann").update(name="Twin")
    assert named(board, "@twin") == {"ann", "ann-2"}


def test_a_name_on_another_board_is_found_there_alone(board, ann):
    other = make_board("Other")
    assert named(other, "@ann") == set()
