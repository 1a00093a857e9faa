"""What a step of a card asks for, and that following each fix leads on."""

import pytest

from pulse_project.core import clock
from tests.boards.making import make_card, make_spec
from tests.specs.card_making import REPORT, caller_on, open_spec, report_on, unmet


@pytest.fixture
def act(board, alice):
    return caller_on(board, alice)


@pytest.mark.parametrize(
    ("card_type", "status", "hop"),
    [
        ("normal", "draft", "review"),
        ("normal", "approved", "validated"),
        ("normal", "validated", "in_progress"),
        ("test", "approved", "validated"),
        ("bug", "validated", "in_progress"),
    ],
)
def test_a_card_waits_for_its_spec(board, act, card_type, status, hop):
    spec = make_spec(board, status=status)
    card = make_card(spec, card_type=card_type, severity="minor" if card_type == "bug" else "")
    refused = act("move_card", card_id=str(card.pk), status="started")
    [condition] = refused["details"]["unmet"]
    assert (condition["code"], condition["subject"]["id"]) == ("spec_state.too_early", str(spec.pk))
    assert condition["fix"]["params"] == {"board_id": str(board.pk), "spec_id": str(spec.pk), "status": hop}


@pytest.mark.parametrize("status", ["validated", "in_progress", "done"])
def test_a_test_card_is_worked_on_from_validated_on(board, act, status):
    card = make_card(make_spec(board, status=status), card_type="test")
    assert act("move_card", card_id=str(card.pk), status="started")["success"]


def test_a_cancelled_spec_stops_its_cards(board, act):
    spec = make_spec(board, status="cancelled")
    refused = act("move_card", card_id=str(make_card(spec).pk), status="started")
    [condition] = refused["details"]["unmet"]
    assert (condition["code"], condition["fix"]["params"]["status"]) == ("spec_state.cancelled", "draft")


def test_a_card_without_a_spec_is_told_to_be_linked(board, act):
    card = make_card(open_spec(board))
    type(card).objects.update(spec=None)
    [condition] = act("move_card", card_id=str(card.pk), status="started")["details"]["unmet"]
    assert (condition["code"], condition["fix"]["operation"], condition["fix"]["needs"]) == (
        "spec_state.no_spec", "okto_pulse_link_card_to_spec", ["spec_id"],
    )  # fmt: skip


def test_a_card_waits_for_each_unfinished_dependency(board, act):
    spec = open_spec(board)
    card, first, second = make_card(spec), make_card(spec), make_card(spec, status="in_progress")
    for other in (first, second):
        act("add_card_dependency", card_id=str(card.pk), depends_on_id=str(other.pk))
    refused = act("move_card", card_id=str(card.pk), status="started")
    conditions = refused["details"]["unmet"]
    assert [condition["subject"]["ref"] for condition in conditions] == [first.ref, second.ref]
    assert refused["blocked_by_dependencies"] is True
    assert conditions[1]["fix"]["params"]["status"] == "done"


@pytest.mark.parametrize("end", [{"status": "done"}, {"status": "cancelled"}, {"archived_at": clock.now()}])
def test_a_finished_dependency_blocks_nothing(board, act, end):
    spec = open_spec(board)
    card, other = make_card(spec), make_card(spec, **end)
    act("add_card_dependency", card_id=str(card.pk), depends_on_id=str(other.pk))
    assert act("move_card", card_id=str(card.pk), status="started")["success"]


def test_other_reasons_are_no_dependencies(board, act):
    refused = act("move_card", card_id=str(make_card(make_spec(board)).pk), status="started")
    assert refused["blocked_by_dependencies"] is False


def test_all_conditions_of_a_step_are_told_in_the_order_of_the_table(board, act):
    spec = make_spec(board, status="validated")
    card, other = make_card(spec, status="in_progress"), make_card(spec)
    act("add_card_dependency", card_id=str(card.pk), depends_on_id=str(other.pk))
    refused = act("move_card", card_id=str(card.pk), status="validation")
    gates = [condition["gate"] for condition in refused["details"]["unmet"]]
    assert gates == ["spec_state", *["execution_report"] * 5, "dependencies"]
    assert refused["error"] == refused["details"]["unmet"][0]["message"]


def test_each_missing_part_of_a_report_is_one_condition(board, act):
    card = make_card(open_spec(board), status="in_progress")
    given = {name: value for name, value in REPORT.items() if name not in {"drift", "conclusion"}}
    refused = act("move_card", card_id=str(card.pk), status="validation", conclusion="  ", drift=-1, **given)
    assert unmet(refused) == ["execution_report.conclusion", "execution_report.drift"]
    assert [condition["fix"]["needs"] for condition in refused["details"]["unmet"]] == [list(REPORT)] * 2


def test_a_refusal_changes_nothing(board, act):
    card = make_card(make_spec(board))
    act("move_card", card_id=str(card.pk), status="started")
    before = card.revision
    card.refresh_from_db()
    assert (card.status, card.revision) == ("not_started", before)


def test_following_the_fixes_ends_in_success(board, act):
    """Depth first, with what only the caller knows."""
    spec = open_spec(board)
    card, other = make_card(spec), make_card(spec)
    act("add_card_dependency", card_id=str(card.pk), depends_on_id=str(other.pk))

    def follow(name, arguments, depth=0):
        assert depth < 12
        answer = act(name.removeprefix("okto_pulse_"), **arguments)
        while answer.get("code") == "GATE_BLOCKED":
            fix = answer["details"]["unmet"][0]["fix"]
            given = {key: value for key, value in fix["params"].items() if key != "board_id"}
            follow(fix["operation"], {**given, **{need: REPORT[need] for need in fix["needs"]}}, depth + 1)
            answer = act(name.removeprefix("okto_pulse_"), **arguments)
        assert "error" not in answer

    follow("okto_pulse_move_card", {"card_id": str(card.pk), "status": "started"})


def test_looking_ahead_says_what_a_report_takes(board, act):
    card = make_card(open_spec(board), status="in_progress")
    rows = act("get_allowed_transitions", entity_type="card", entity_id=str(card.pk))["transitions"]
    ahead = {row["to"]: row for row in rows}
    assert ahead["validation"]["needs"] == list(REPORT)
    assert (ahead["validation"]["allowed"], ahead["validation"]["unmet"]) == (True, [])


@pytest.mark.parametrize(("reported", "codes"), [(True, []), (False, 5)])
def test_validation_to_done_asks_for_a_report_only_when_none_stands(board, act, reported, codes):
    card = make_card(open_spec(board), status="validation")
    if reported:
        report_on(card)
    answer = act("move_card", card_id=str(card.pk), status="done")
    assert answer.get("success", False) is reported
    assert reported or len(unmet(answer)) == codes
