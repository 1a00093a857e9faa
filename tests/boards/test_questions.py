"""Questions about cards: asked, answered, deleted, by whom."""

import pytest

from boards.models import Question, SearchDocument
from pulse_project.core import clock
from pulse_project.core.models import DomainEvent
from tests.boards.making import make_card, make_member, make_spec
from tests.conftest import run


@pytest.fixture
def card(board):
    return make_card(make_spec(board))


def ask(caller, card, question="Which port?", **over):
    return run("okto_pulse_ask_question", caller, card_id=str(card.pk), question=question, **over)


def test_a_question_is_answered_with_its_published_keys(alice, card):
    qa = ask(alice, card)["qa"]
    answered = run("okto_pulse_answer_question", alice, qa_id=qa["id"], answer="8100")["qa"]
    assert (qa["question_type"], qa["answer"], qa["asked_by"]) == ("text", None, "alice")
    assert (answered["answer"], answered["answered_by"], answered["revision"]) == ("8100", "alice", 2)
    assert answered["answered_at"] is not None


def test_a_later_answer_replaces_the_earlier_one(alice, card):
    qa_id = ask(alice, card)["qa"]["id"]
    run("okto_pulse_answer_question", alice, qa_id=qa_id, answer="8100")
    assert run("okto_pulse_answer_question", alice, qa_id=qa_id, answer="8101")["qa"]["answer"] == "8101"


def test_an_answer_that_came_meanwhile_is_kept(alice, card):
    qa_id = ask(alice, card)["qa"]["id"]
    run("okto_pulse_answer_question", alice, qa_id=qa_id, answer="8100")
    late = run("okto_pulse_answer_question", alice, qa_id=qa_id, answer="8101", expected_version=1)
    assert (late["code"], late["details"]["current_version"]) == ("VERSION_CONFLICT", 2)


@pytest.mark.parametrize("text", ["", "  \n "])
def test_a_question_or_answer_of_blanks_is_refused(alice, card, text):
    qa_id = ask(alice, card)["qa"]["id"]
    refused = [ask(alice, card, text), run("okto_pulse_answer_question", alice, qa_id=qa_id, answer=text)]
    assert [one["code"] for one in refused] == ["VALIDATION_ERROR"] * 2


def test_a_card_is_named_by_its_reference_on_a_board(alice, card):
    found = run("okto_pulse_ask_question", alice, board_id=card.board.slug, card_id=card.ref, question="Why?")
    assert found["success"] is True


def test_a_stranger_is_told_that_card_and_question_do_not_exist(alice, mallory, card):
    qa_id = ask(alice, card)["qa"]["id"]
    answers = [ask(mallory, card), run("okto_pulse_answer_question", mallory, qa_id=qa_id, answer="x")]
    assert [one["code"] for one in answers] == ["NOT_FOUND"] * 2
    assert "details" not in answers[0] or answers[0]["details"] == {"field": "card_id"}


def test_a_board_named_beside_does_not_open_another_boards_question(alice, mallory, card):
    elsewhere = run("okto_pulse_list_my_boards", mallory)["boards"][0]["id"]
    qa_id = ask(alice, card)["qa"]["id"]
    refused = run("okto_pulse_answer_question", mallory, board_id=elsewhere, qa_id=qa_id, answer="x")
    assert (refused["code"], Question.objects.get(pk=qa_id).answer) == ("NOT_FOUND", None)


@pytest.mark.parametrize(("flag", "verb"), [("card.qa.ask", "ask"), ("card.qa.answer", "answer")])
def test_each_verb_asks_for_its_own_flag(board, alice, card, flag, verb):
    qa_id = ask(alice, card)["qa"]["id"]
    bob = make_member(board, "bob", overrides=[flag])
    answer = run("okto_pulse_answer_question", bob, qa_id=qa_id, answer="x")
    refused = {"ask": ask(bob, card), "answer": answer}[verb]
    assert (refused["code"], refused["details"]["required_permission"]) == ("PERMISSION_DENIED", flag)


def test_the_asker_deletes_a_question_without_any_flag(board, card):
    bob = make_member(board, "bob", overrides=["card.qa.delete"])
    qa_id = ask(bob, card)["qa"]["id"]
    assert run("okto_pulse_delete_question", bob, qa_id=qa_id) == {"success": True}
    assert not Question.objects.exists()


def test_somebody_elses_question_is_deleted_with_the_flag_only(board, alice, card):
    bob = make_member(board, "bob", overrides=["card.qa.delete"])
    qa_id = ask(alice, card)["qa"]["id"]
    refused = run("okto_pulse_delete_question", bob, qa_id=qa_id)
    assert refused["details"]["required_permission"] == "card.qa.delete"
    assert run("okto_pulse_delete_question", alice, qa_id=ask(bob, card)["qa"]["id"])["success"] is True


def test_the_question_of_a_spec_is_no_question_of_a_card(alice, card):
    qa_id = run("okto_pulse_ask_spec_question", alice, spec_id=str(card.spec_id), question="Why?")["qa"]["id"]
    answered = run("okto_pulse_answer_question", alice, qa_id=qa_id, answer="x")
    deleted = run("okto_pulse_delete_question", alice, qa_id=qa_id)
    assert (answered["code"], deleted["code"]) == ("NOT_FOUND", "NOT_FOUND")


def test_an_archived_card_takes_no_question(alice, card):
    card.archived_at = clock.now()
    card.save(update_fields=["archived_at"])
    refused = ask(alice, card)
    assert (refused["code"], refused["details"]["unmet"][0]["gate"]) == ("GATE_BLOCKED", "archived")


def test_every_change_of_a_question_is_told_once_on_its_card(alice, card):
    qa_id = ask(alice, card)["qa"]["id"]
    run("okto_pulse_answer_question", alice, qa_id=qa_id, answer="x")
    run("okto_pulse_delete_question", alice, qa_id=qa_id)
    events = DomainEvent.objects.filter(entity_id=str(card.pk)).order_by("seq")
    assert [event.type for event in events] == ["question.added", "question.answered", "question.deleted"]
    assert {event.payload["qa_id"] for event in events} == {qa_id}


def test_search_finds_a_question_by_its_answer_until_it_is_deleted(alice, card):
    qa_id = ask(alice, card)["qa"]["id"]
    run("okto_pulse_answer_question", alice, qa_id=qa_id, answer="eightyone hundred")
    document = SearchDocument.objects.get(kind="question", object_id=qa_id)
    run("okto_pulse_delete_question", alice, qa_id=qa_id)
    assert "eightyone" in document.body
    assert not SearchDocument.objects.filter(kind="question").exists()
