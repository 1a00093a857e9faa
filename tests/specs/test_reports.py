"""The report of the work on a card."""

import pytest

from specs.models import CardReport
from tests.boards.making import make_card, make_member
from tests.specs.card_making import REPORT, caller_on, events, open_spec, report_on


@pytest.fixture
def act(board, alice):
    return caller_on(board, alice)


@pytest.fixture
def card(board):
    return make_card(open_spec(board), status="in_progress")


@pytest.mark.parametrize(("status", "source"), [("validation", "move_to_validation"), ("done", "move_to_done")])
def test_a_report_is_kept_with_its_author_and_source(act, card, status, source):
    act("move_card", card_id=str(card.pk), status=status, **REPORT)
    report = CardReport.objects.get(card=card)
    assert (report.text, report.completeness, report.drift) == (REPORT["conclusion"], 90, 10)
    assert (report.source, report.author_id) == (source, "alice")


@pytest.mark.parametrize("given", [{"completeness": 101}, {"drift": 101}, {"completeness": -2}, {"drift": "much"}])
def test_numbers_out_of_range_are_refused(act, card, given):
    refused = act("move_card", card_id=str(card.pk), status="validation", **{**REPORT, **given})
    assert (refused["code"], refused["details"]["field"]) == ("VALIDATION_ERROR", next(iter(given)))


def test_numbers_may_come_as_text(act, card):
    given = {**REPORT, "completeness": "0", "drift": "100"}
    act("move_card", card_id=str(card.pk), status="validation", **given)
    report = CardReport.objects.get(card=card)
    assert (report.completeness, report.drift) == (0, 100)


def test_a_report_on_another_step_is_not_kept(act, card):
    act("move_card", card_id=str(card.pk), status="on_hold", **REPORT)
    assert not CardReport.objects.filter(card=card).exists()


def test_a_second_report_is_added_beside_the_first(act, card):
    act("move_card", card_id=str(card.pk), status="validation", **REPORT)
    act("move_card", card_id=str(card.pk), status="done", **{**REPORT, "conclusion": "Done at last."})
    answer = act("get_task_conclusions", card_id=str(card.pk))
    assert [row["text"] for row in answer["conclusions"]] == [REPORT["conclusion"], "Done at last."]
    assert [row["source"] for row in answer["conclusions"]] == ["move_to_validation", "move_to_done"]


def test_the_event_of_the_move_carries_the_report(act, card):
    act("move_card", card_id=str(card.pk), status="validation", **{**REPORT, "conclusion": "x" * 300})
    [event] = events(card)
    report = CardReport.objects.get(card=card)
    assert event.payload["report"] == {
        "id": report.pk, "excerpt": "x" * 280, "completeness": 90, "drift": 10, "source": "move_to_validation",
    }  # fmt: skip


def test_conclusions_have_the_published_keys(act, card):
    report_on(card)
    answer = act("get_task_conclusions", card_id=str(card.pk))
    assert {"id", "title", "status", "card_type", "conclusions"} <= set(answer)
    assert "note" not in answer
    assert set(answer["conclusions"][0]) == {
        "text", "author_id", "created_at", "completeness", "completeness_justification", "drift",
        "drift_justification", "source", "validation_id",
    }  # fmt: skip


def test_no_conclusion_comes_with_a_note(act, card):
    assert act("get_task_conclusions", card_id=str(card.pk))["note"]


def test_a_bug_has_its_texts_beside_its_conclusions(board, act):
    bug = make_card(open_spec(board), card_type="bug", severity="major", expected_behavior="Fast.")
    answer = act("get_task_conclusions", card_id=str(bug.pk))
    assert (answer["severity"], answer["expected_behavior"]) == ("major", "Fast.")


def test_a_withdrawn_report_is_not_shown(act, card):
    report_on(card, withdrawn_at="2024-01-01T00:00:00Z")
    assert act("get_task_conclusions", card_id=str(card.pk))["conclusions"] == []


def test_reading_reports_needs_the_right(board, card):
    bob = caller_on(board, make_member(board, "bob", overrides=["card.conclusion.read"]))
    refused = bob("get_task_conclusions", card_id=str(card.pk))
    assert refused["details"]["required_permission"] == "card.conclusion.read"


def test_a_stranger_reads_no_report(board, card, mallory):
    assert caller_on(board, mallory)("get_task_conclusions", card_id=str(card.pk))["code"] == "NOT_FOUND"
