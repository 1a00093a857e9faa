"""What goes down with a derivation: mockups, knowledge, answered questions, architecture."""

import pytest

from boards.models import Question
from specs.models import ArchitectureDesign, Knowledge, Mockup, Spec
from tests.conftest import run
from tests.specs.planning import make_done_ideation

DERIVE = "okto_pulse_derive_spec_from_ideation"


def knowledge_of(entity, *titles):
    for title in titles:
        Knowledge.objects.create(
            entity=entity.entity,
            public_id=f"kb-{title}",
            title=title,
            content="c",
            description="about",
            author_id="ann",
        )


def mockups_of(entity, *titles):
    for place, title in enumerate(titles):
        Mockup.objects.create(
            entity=entity.entity, public_id=f"sm_{title}", title=title, position=place, html_content="<p>x</p>"
        )


@pytest.fixture
def ideation(board):
    ideation = make_done_ideation(board)
    knowledge_of(ideation, "one", "two")
    mockups_of(ideation, "one", "two")
    return ideation


def derive(caller, ideation, **over):
    return run(DERIVE, caller, ideation_id=str(ideation.pk), **over)


def spec_of(answer):
    return Spec.objects.get(pk=answer["spec"]["id"])


def test_mockups_get_new_ids_and_know_their_origin(alice, ideation):
    rows = list(Mockup.objects.filter(entity_id=spec_of(derive(alice, ideation)).pk).order_by("position"))
    assert [row.origin_id for row in rows] == ["sm_one", "sm_two"]
    assert {row.public_id for row in rows}.isdisjoint({"sm_one", "sm_two"})
    assert all(row.public_id.startswith("sm_") and len(row.public_id) == 11 for row in rows)


def test_knowledge_says_that_it_came_down(alice, ideation):
    rows = list(Knowledge.objects.filter(entity_id=spec_of(derive(alice, ideation)).pk).order_by("id"))
    assert [(row.title, row.description) for row in rows] == [
        ("one", "[propagated from parent] about"), ("two", "[propagated from parent] about"),
    ]  # fmt: skip


def test_knowledge_says_so_once_however_far_it_came(alice, ideation):
    made = run("okto_pulse_create_refinement", alice, ideation_id=str(ideation.pk), title="R", in_scope="A")
    for status in ("review", "approved", "done"):
        run("okto_pulse_move_refinement", alice, refinement_id=made["refinement"]["id"], status=status)
    answer = run("okto_pulse_derive_spec_from_refinement", alice, refinement_id=made["refinement"]["id"])
    descriptions = Knowledge.objects.filter(entity_id=answer["spec"]["id"]).values_list("description", flat=True)
    assert set(descriptions) == {"[propagated from parent] about"}


@pytest.mark.parametrize(("ids", "count"), [({}, 2), ({"kb_ids": ["kb-two"]}, 1), ({"kb_ids": "kb-one|kb-two"}, 2)])
def test_named_knowledge_comes_down_alone(alice, ideation, ids, count):
    assert derive(alice, ideation, **ids)["copied"]["knowledge"] == count


def test_named_mockups_come_down_alone(alice, ideation):
    answer = derive(alice, ideation, mockup_ids=["sm_two"])
    assert list(Mockup.objects.filter(entity_id=answer["spec"]["id"]).values_list("origin_id", flat=True)) == ["sm_two"]


@pytest.mark.parametrize("name", ["mockup_ids", "kb_ids", "architecture_design_ids"])
def test_an_unknown_id_refuses_the_whole(alice, ideation, name):
    refused = derive(alice, ideation, **{name: ["nowhere"]})
    assert (refused["code"], refused["details"]["field"]) == ("VALIDATION_ERROR", name)
    assert not Spec.objects.exists()


def test_answered_questions_come_down_in_their_order(board, alice, ideation):
    for place in range(5):
        Question.objects.create(entity=ideation.entity, question=f"{place}", asked_by="ann", answer="yes")
    Question.objects.create(entity=ideation.entity, question="open", asked_by="ann")
    answer = derive(alice, ideation)
    found = Question.objects.filter(entity_id=answer["spec"]["id"]).order_by("created_at")
    assert [row.question for row in found] == ["0", "1", "2", "3", "4"]
    assert (answer["copied"]["questions"], found[0].answered_at) == (5, None)


def test_a_chosen_option_is_an_answer(alice, ideation):
    choices = [{"id": "opt_0", "label": "A"}]
    Question.objects.create(
        entity=ideation.entity,
        question="?",
        question_type="choice",
        choices=choices,
        asked_by="ann",
        selected=["opt_0"],
    )
    copy = Question.objects.get(entity_id=derive(alice, ideation)["spec"]["id"])
    assert (copy.selected, copy.choices, copy.answer) == (["opt_0"], choices, None)


@pytest.mark.parametrize(("mode", "count"), [("copy", 1), ("derive", 1), ("reference_only", 0), ("none", 0)])
def test_the_mode_decides_about_architecture(alice, ideation, mode, count):
    design = ArchitectureDesign.objects.create(entity=ideation.entity, title="D", global_description="d")
    answer = derive(alice, ideation, architecture_propagation_mode=mode)
    copies = ArchitectureDesign.objects.filter(entity_id=answer["spec"]["id"])
    assert answer["copied"]["architecture"] == count
    assert [copy.source_design_id for copy in copies] == [design.pk] * count


def test_a_refinement_takes_over_the_same(alice, ideation):
    answer = run("okto_pulse_create_refinement", alice, ideation_id=str(ideation.pk), title="R", kb_ids="kb-one")
    assert answer["copied"] == {"mockups": 2, "knowledge": 1, "questions": 0, "architecture": 0}


def test_search_finds_what_came_down(board, alice, ideation):
    answer = derive(alice, ideation)
    found = run("okto_pulse_search", alice, board_id=str(board.pk), query="two", kinds=["knowledge"])
    assert answer["spec"]["id"] in str(found)


@pytest.mark.parametrize("count", [3, 30])
def test_it_takes_the_same_queries_for_any_number(board, alice, count, django_assert_max_num_queries):
    ideation = make_done_ideation(board)
    knowledge_of(ideation, *map(str, range(count)))
    mockups_of(ideation, *map(str, range(count)))
    with django_assert_max_num_queries(60):
        assert derive(alice, ideation)["copied"]["mockups"] == count
