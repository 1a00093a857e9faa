"""Questions about ideations, refinements, specs and sprints: one pattern, four kinds."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from boards.models import Question
from boards.queries import questions
from pulse_project.core import clock
from pulse_project.core.models import DomainEvent
from tests.boards.making import make_ideation, make_member, make_refinement, make_spec, make_sprint
from tests.conftest import run

WITH_CHOICES = ["ideation", "refinement", "spec"]
KINDS = [*WITH_CHOICES, "sprint"]


@pytest.fixture
def objects(board):
    """One object of each kind."""
    ideation, spec = make_ideation(board), make_spec(board)
    return {"ideation": ideation, "refinement": make_refinement(ideation), "spec": spec, "sprint": make_sprint(spec)}


def ask(caller, entity, question="Why?"):
    kind = entity.kind
    return run(f"okto_pulse_ask_{kind}_question", caller, **{f"{kind}_id": str(entity.pk)}, question=question)


def ask_choice(caller, entity, **over):
    kind, given = entity.kind, {"question": "Which?", "options": "red|green", **over}
    return run(f"okto_pulse_ask_{kind}_choice_question", caller, **{f"{kind}_id": str(entity.pk)}, **given)


def answer(caller, entity, qa_id, **given):
    kind = entity.kind
    return run(f"okto_pulse_answer_{kind}_question", caller, **{f"{kind}_id": str(entity.pk)}, qa_id=qa_id, **given)


def delete(caller, entity, qa_id):
    kind = entity.kind
    return run(f"okto_pulse_delete_{kind}_question", caller, **{f"{kind}_id": str(entity.pk)}, qa_id=qa_id)


def listed(caller, entity, **over):
    return run(f"okto_pulse_list_{entity.kind}_qa", caller, **{f"{entity.kind}_id": str(entity.pk)}, **over)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_takes_a_question_an_answer_and_a_deletion(alice, objects, kind):
    qa = ask(alice, objects[kind])["qa"]
    answered = answer(alice, objects[kind], qa["id"], answer="Because.")["qa"]
    assert (answered["id"], answered["answer"], answered["answered_by"]) == (qa["id"], "Because.", "alice")
    assert delete(alice, objects[kind], qa["id"]) == {"success": True}


@pytest.mark.parametrize("kind", KINDS)
def test_the_events_of_a_kind_carry_its_name(alice, objects, kind):
    qa_id = ask(alice, objects[kind])["qa"]["id"]
    answer(alice, objects[kind], qa_id, answer="x")
    delete(alice, objects[kind], qa_id)
    types = DomainEvent.objects.filter(entity_id=str(objects[kind].pk)).order_by("seq").values_list("type", flat=True)
    assert list(types) == [f"{kind}_question.{verb}" for verb in ("added", "answered", "deleted")]


@pytest.mark.parametrize("kind", WITH_CHOICES)
def test_a_choice_question_keeps_the_first_id_of_an_answer(alice, objects, kind):
    qa = ask_choice(alice, objects[kind])["qa"]
    answered = answer(alice, objects[kind], qa["id"], selected=["opt_1", "opt_0"])["qa"]
    assert qa["choices"] == [{"id": "opt_0", "label": "red"}, {"id": "opt_1", "label": "green"}]
    assert (answered["selected"], answered["answer"]) == (["opt_1"], None)


def test_a_multiple_choice_keeps_every_id_once(alice, objects):
    qa = ask_choice(alice, objects["spec"], question_type="multi_choice")["qa"]
    answered = answer(alice, objects["spec"], qa["id"], selected='["opt_1", "opt_0", "opt_1"]')["qa"]
    assert answered["selected"] == ["opt_1", "opt_0"]


def test_a_text_is_accepted_beside_the_options(alice, objects):
    qa = ask_choice(alice, objects["spec"])["qa"]
    assert answer(alice, objects["spec"], qa["id"], answer="neither")["qa"]["answer"] == "neither"


@pytest.mark.parametrize(
    "given", [{"selected": "opt_7"}, {"selected": ["opt_0", "x"], "answer": "y"}, {}, {"answer": " "}]
)
def test_an_unknown_option_or_nothing_at_all_refuses_the_whole_answer(alice, objects, given):
    qa_id = ask_choice(alice, objects["spec"])["qa"]["id"]
    assert answer(alice, objects["spec"], qa_id, **given)["code"] == "VALIDATION_ERROR"
    assert Question.objects.get(pk=qa_id).answered_at is None


def test_a_question_in_words_has_no_options_to_select(alice, objects):
    qa_id = ask(alice, objects["spec"])["qa"]["id"]
    assert answer(alice, objects["spec"], qa_id, selected="opt_0")["code"] == "VALIDATION_ERROR"


def test_options_with_commas_need_the_list(alice, objects):
    kept = ask_choice(alice, objects["spec"], options=["yes, now", "no"])["qa"]["choices"]
    assert ask_choice(alice, objects["spec"], options="yes, now")["code"] == "VALIDATION_ERROR"
    assert kept[0]["label"] == "yes, now"


@pytest.mark.parametrize("over", [{"question_type": "rating"}, {"options": []}, {"question": ""}])
def test_a_choice_question_without_type_options_or_words_is_refused(alice, objects, over):
    assert ask_choice(alice, objects["spec"], **over)["code"] == "VALIDATION_ERROR"


@pytest.mark.parametrize("kind", WITH_CHOICES)
def test_the_questions_of_a_kind_are_listed_in_order(alice, objects, kind):
    first, second = ask(alice, objects[kind], "one")["qa"], ask_choice(alice, objects[kind])["qa"]
    answer(alice, objects[kind], first["id"], answer="x")
    found = listed(alice, objects[kind])
    assert [qa["id"] for qa in found["qa_items"]] == [first["id"], second["id"]]
    assert (found[f"{kind}_id"], found["count"], found["total"]) == (str(objects[kind].pk), 2, 2)
    assert [qa["id"] for qa in listed(alice, objects[kind], unanswered=True)["qa_items"]] == [second["id"]]


@pytest.mark.parametrize("count", [3, 30])
def test_a_list_of_any_length_costs_the_same_queries(alice, objects, count):
    for number in range(count):
        ask(alice, objects["spec"], str(number))
    with CaptureQueriesContext(connection) as queries:
        found = listed(alice, objects["spec"])
    assert (found["count"], len(queries) <= 8) == (count, True)


@pytest.mark.parametrize("count", [3, 30])
def test_questions_of_any_number_of_objects_cost_one_query(board, alice, count):
    specs = [make_spec(board) for _ in range(count)]
    for spec in specs:
        ask(alice, spec)
    with CaptureQueriesContext(connection) as queries:
        found = questions.by_entity([spec.pk for spec in specs])
    assert ({len(rows) for rows in found.values()}, len(queries)) == ({1}, 1)


def test_a_question_belongs_to_the_object_that_is_named(board, alice, objects):
    qa_id, other = ask(alice, objects["spec"])["qa"]["id"], make_spec(board)
    refused = [answer(alice, other, qa_id, answer="x"), delete(alice, other, qa_id)]
    foreign = answer(alice, objects["ideation"], qa_id, answer="x")
    assert [one["code"] for one in (*refused, foreign)] == ["NOT_FOUND"] * 3


@pytest.mark.parametrize("kind", KINDS)
def test_a_stranger_is_told_that_nothing_is_there(alice, mallory, objects, kind):
    qa_id = ask(alice, objects[kind])["qa"]["id"]
    refused = [
        ask(mallory, objects[kind]),
        answer(mallory, objects[kind], qa_id, answer="x"),
        delete(mallory, objects[kind], qa_id),
    ]
    assert [one["code"] for one in refused] == ["NOT_FOUND"] * 3


@pytest.mark.parametrize("kind", KINDS)
def test_a_reporter_asks_everywhere_and_answers_nowhere(board, alice, objects, kind):
    reporter = make_member(board, "reporter", preset="Reporter")
    qa_id = ask(reporter, objects[kind])["qa"]["id"]
    refused = answer(reporter, objects[kind], qa_id, answer="x")
    assert refused["details"]["required_permission"] == f"{kind}.qa.answer"


@pytest.mark.parametrize("kind", KINDS)
def test_a_question_is_deleted_by_who_answers_or_by_its_asker(board, alice, objects, kind):
    bob = make_member(board, "bob", overrides=[f"{kind}.qa.answer"])
    own, foreign = ask(bob, objects[kind])["qa"]["id"], ask(alice, objects[kind])["qa"]["id"]
    refused = delete(bob, objects[kind], foreign)
    assert delete(bob, objects[kind], own) == {"success": True}
    assert refused["details"]["required_permission"] == f"{kind}.qa.answer"


@pytest.mark.parametrize("kind", WITH_CHOICES)
def test_choice_questions_and_lists_ask_for_their_own_flags(board, objects, kind):
    bob = make_member(board, "bob", overrides=[f"{kind}.qa.ask_choice", f"{kind}.qa.read"])
    refused = [ask_choice(bob, objects[kind]), listed(bob, objects[kind])]
    flags = [one["details"]["required_permission"] for one in refused]
    assert flags == [f"{kind}.qa.ask_choice", f"{kind}.qa.read"]


@pytest.mark.parametrize("kind", KINDS)
def test_an_archived_object_takes_no_question(alice, objects, kind):
    qa_id = ask(alice, objects[kind])["qa"]["id"]
    objects[kind].archived_at = clock.now()
    objects[kind].save(update_fields=["archived_at"])
    refused = [ask(alice, objects[kind]), answer(alice, objects[kind], qa_id, answer="x")]
    assert [one["code"] for one in refused] == ["GATE_BLOCKED"] * 2
    assert refused[0]["details"]["unmet"][0]["code"] == "archived.archived"


def test_a_validated_spec_still_takes_questions(board, alice):
    spec = make_spec(board, status="validated")
    qa_id = ask(alice, spec)["qa"]["id"]
    assert answer(alice, spec, qa_id, answer="x")["success"] is True


def test_an_answer_that_came_meanwhile_is_kept(alice, objects):
    qa_id = ask(alice, objects["spec"])["qa"]["id"]
    answer(alice, objects["spec"], qa_id, answer="first")
    late = answer(alice, objects["spec"], qa_id, answer="late", expected_version=1)
    assert (late["code"], Question.objects.get(pk=qa_id).answer) == ("VERSION_CONFLICT", "first")


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({}, "text"),
        ({"question_type": "choice", "choices": [{"label": "a"}, {"label": "b, c"}]}, "choice"),
        ({"question_type": "multi_choice", "choices": ["a"]}, "multi_choice"),
    ],
)
def test_one_address_takes_questions_of_every_type(alice, objects, given, kind):
    posted = run("okto_pulse_post_spec_question", alice, spec_id=str(objects["spec"].pk), question="Q?", **given)
    assert posted["qa"]["question_type"] == kind


@pytest.mark.parametrize("given", [{"choices": ["a"]}, {"question_type": "choice"}])
def test_options_and_type_must_agree(alice, objects, given):
    posted = run("okto_pulse_post_spec_question", alice, spec_id=str(objects["spec"].pk), question="Q?", **given)
    assert posted["code"] == "VALIDATION_ERROR"


def test_the_type_of_a_question_decides_on_its_flag(board, objects):
    bob = make_member(board, "bob", overrides=["spec.qa.ask_choice"])
    given = {"spec_id": str(objects["spec"].pk), "question": "Q?"}
    refused = run("okto_pulse_post_spec_question", bob, **given, question_type="choice", choices=["a"])
    assert run("okto_pulse_post_spec_question", bob, **given)["success"] is True
    assert refused["details"]["required_permission"] == "spec.qa.ask_choice"
