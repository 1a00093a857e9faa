"""Decisions of a spec: which of them stand."""

import pytest

from pulse_project.core.models import DomainEvent
from specs.decisions_block import parse
from tests.boards.making import make_card, make_member
from tests.conftest import run
from tests.specs.authoring import DECISION, add, context, put, written


@pytest.fixture
def spec(board, alice):
    return written(board, alice)


@pytest.fixture
def older(alice, spec):
    return add("decision", alice, spec, title="Older")


def change(caller, spec, decision, **over):
    arguments = {"spec_id": spec["id"], "decision_id": decision["id"], **over}
    return run("okto_pulse_update_decision", caller, **arguments)


def revoke(caller, spec, decision):
    return run("okto_pulse_remove_decision", caller, spec_id=spec["id"], decision_id=decision["id"])


def statuses(caller, spec):
    found = context(caller, spec, include_superseded=True)["decisions"]
    return {decision["title"]: decision["status"] for decision in found}


def test_a_new_decision_is_active_with_its_alternatives_and_requirements(alice, spec):
    answer = run(
        "okto_pulse_add_decision", alice, spec_id=spec["id"], alternatives_considered="a|b", linked_requirements="0",
        **DECISION,
    )  # fmt: skip
    made = answer["decision"]
    assert (made["id"][:4], made["ref"], made["status"], answer["decisions_total"]) == ("dec_", "DEC-1", "active", 1)
    assert (made["alternatives_considered"], made["linked_requirements"]) == (["a", "b"], ["F0"])


def test_a_decision_supersedes_an_older_one(alice, spec, older):
    newer = add("decision", alice, spec, title="Newer", supersedes_decision_id=older["id"])
    assert (newer["supersedes_decision_id"], statuses(alice, spec)) == (
        older["id"], {"Older": "superseded", "Newer": "active"},
    )  # fmt: skip


def test_revoking_the_newer_one_lets_the_older_stand_again(alice, spec, older):
    newer = add("decision", alice, spec, title="Newer", supersedes_decision_id=older["id"])
    answer = revoke(alice, spec, newer)
    assert (answer["revoked"], answer["decision"]["status"]) == (newer["id"], "revoked")
    assert statuses(alice, spec) == {"Older": "active", "Newer": "revoked"}


def test_one_of_two_that_supersede_is_enough(alice, spec, older):
    first, _ = (add("decision", alice, spec, supersedes_decision_id=older["id"]) for _ in range(2))
    revoke(alice, spec, first)
    assert statuses(alice, spec)["Older"] == "superseded"


def test_a_revoked_decision_that_is_active_again_supersedes_again(alice, spec, older):
    newer = add("decision", alice, spec, title="Newer", supersedes_decision_id=older["id"])
    revoke(alice, spec, newer)
    change(alice, spec, newer, status="active")
    assert statuses(alice, spec) == {"Older": "superseded", "Newer": "active"}


def test_clearing_what_a_decision_supersedes_lets_it_stand_again(alice, spec, older):
    newer = add("decision", alice, spec, title="Newer", supersedes_decision_id=older["id"])
    changed = change(alice, spec, newer, supersedes_decision_id="clear")["decision"]
    assert (changed["supersedes_decision_id"], statuses(alice, spec)["Older"]) == (None, "active")


def test_superseding_another_decision_instead_turns_both(alice, spec, older):
    other = add("decision", alice, spec, title="Other")
    newer = add("decision", alice, spec, title="Newer", supersedes_decision_id=older["id"])
    change(alice, spec, newer, supersedes_decision_id=other["ref"])
    assert statuses(alice, spec) == {"Older": "active", "Other": "superseded", "Newer": "active"}


def test_a_revoked_decision_stays_revoked_when_it_is_superseded(alice, spec, older):
    revoke(alice, spec, older)
    add("decision", alice, spec, title="Newer", supersedes_decision_id=older["id"])
    assert statuses(alice, spec)["Older"] == "revoked"


@pytest.mark.parametrize("over", [0, 1])
def test_no_decision_supersedes_itself_or_what_supersedes_it(alice, spec, older, over):
    newer = add("decision", alice, spec, title="Newer", supersedes_decision_id=older["id"])
    refused = change(alice, spec, older, supersedes_decision_id=[older, newer][over]["id"])
    assert (refused["code"], refused["details"]["field"]) == ("VALIDATION_ERROR", "supersedes_decision_id")


def test_an_unknown_decision_is_superseded_by_nothing(alice, spec):
    refused = run(
        "okto_pulse_add_decision", alice, spec_id=spec["id"], supersedes_decision_id="dec_00000000", **DECISION
    )
    assert (refused["code"], refused["details"]["field"]) == ("NOT_FOUND", "supersedes_decision_id")


@pytest.mark.parametrize("status", ["active", "superseded", "revoked"])
def test_a_status_may_be_set_to_any_other(alice, spec, older, status):
    assert change(alice, spec, older, status=status)["success"] is True
    assert statuses(alice, spec)["Older"] == status


def test_an_unknown_status_is_refused(alice, spec, older):
    assert change(alice, spec, older, status="open")["code"] == "VALIDATION_ERROR"


@pytest.mark.parametrize("word", ["CLEAR", "clear", "Clear", None])
def test_clear_in_any_case_empties_what_may_be_empty(alice, spec, word):
    made = add(
        "decision", alice, spec, context="Text", notes="Note", alternatives_considered=["a"], linked_requirements="0"
    )
    names = ("context", "notes", "alternatives_considered", "linked_requirements")
    changed = change(alice, spec, made, **dict.fromkeys(names, word))["decision"]
    assert (changed["context"], changed["notes"]) == (None, None)
    assert (changed["alternatives_considered"], changed["linked_requirements"]) == ([], [])


def test_clear_is_a_title_like_any_other(alice, spec, older):
    assert change(alice, spec, older, title="clear")["decision"]["title"] == "clear"


def test_a_change_of_an_older_revision_is_refused(alice, spec, older):
    change(alice, spec, older, title="First")
    assert change(alice, spec, older, title="Second", expected_version=1)["code"] == "VERSION_CONFLICT"


def test_revoking_twice_tells_once(alice, spec, older):
    revoke(alice, spec, older)
    assert revoke(alice, spec, older)["success"] is True
    assert DomainEvent.objects.filter(type="decision.revoked").count() == 1


def test_each_decision_that_changes_is_told(alice, spec, older):
    newer = add("decision", alice, spec, title="Newer", supersedes_decision_id=older["id"])
    revoke(alice, spec, newer)
    told = DomainEvent.objects.filter(type__startswith="decision.").order_by("seq").values_list("type", flat=True)
    assert list(told) == [
        "decision.added", "decision.added", "decision.superseded", "decision.revoked", "decision.reinstated",
    ]  # fmt: skip


def test_a_card_carries_out_a_decision(alice, spec, older):
    card = make_card(put(spec, "draft"))
    answer = run(
        "okto_pulse_link_task_to_decision", alice, spec_id=spec["id"], decision_id=older["id"], card_id=str(card.pk)
    )
    assert (answer["decision_id"], answer["linked_tasks"]) == (older["id"], [str(card.pk)])


def test_the_context_counts_decisions_by_status(alice, spec, older):
    add("decision", alice, spec, title="Newer", supersedes_decision_id=older["id"])
    found = context(alice, spec)
    assert [decision["title"] for decision in found["decisions"]] == ["Newer"]
    assert found["decisions_stats"] == {"total": 2, "active": 1, "superseded": 1, "revoked": 0}


@pytest.mark.parametrize("name", ["add_decision", "update_decision", "remove_decision", "migrate_spec_decisions"])
def test_every_act_on_decisions_needs_its_right(board, alice, spec, older, name):
    bob = make_member(board, "bob", overrides=["spec.entity.edit_fields"])
    more = {"add_decision": DECISION, "migrate_spec_decisions": {}}.get(name, {"decision_id": older["id"]})
    refused = run(f"okto_pulse_{name}", bob, spec_id=spec["id"], **more)
    assert refused["details"]["required_permission"] == "spec.entity.edit_fields"


LISTED = """Intro

## Decisions
- Use SQLite
- Keep one process,
  because it is simple

## Other
- not a decision
"""


def migrate(board, caller, text):
    spec = written(board, caller, context=text)
    return spec, run("okto_pulse_migrate_spec_decisions", caller, spec_id=spec["id"])


def test_a_list_in_the_context_becomes_decisions(board, alice):
    spec, answer = migrate(board, alice, LISTED)
    assert [row["title"] for row in answer["added"]] == ["Use SQLite", "Keep one process, because it is simple"]
    found = context(alice, spec)
    assert (found["context"], found["version"]) == ("Intro\n\n## Other\n- not a decision", 2)


def test_a_second_migration_finds_nothing_to_do(board, alice):
    spec, _ = migrate(board, alice, LISTED)
    again = run("okto_pulse_migrate_spec_decisions", alice, spec_id=spec["id"])
    assert (again["decisions_added"], again["context_modified"], bool(again["note"])) == (0, False, True)


def test_a_title_that_exists_is_not_added_again(board, alice):
    spec = written(board, alice, context="## Decisions\n- Use sqlite\n- New")
    add("decision", alice, spec, title="Use SQLite")
    answer = run("okto_pulse_migrate_spec_decisions", alice, spec_id=spec["id"])
    assert ([row["title"] for row in answer["added"]], answer["context_modified"]) == (["New"], True)


def test_a_long_bullet_has_a_short_title_and_its_whole_text_as_rationale(board, alice):
    spec, answer = migrate(board, alice, "## Decisions\n- " + "word " * 100)
    decision = context(alice, spec)["decisions"][0]
    assert (len(answer["added"][0]["title"]) <= 200, decision["rationale"]) == (True, ("word " * 100).strip())


@pytest.mark.parametrize("text", ["", "No list", "## Decisions\n\nOnly prose", "```\n## Decisions\n- x\n```"])
def test_a_context_without_a_list_is_left_alone(board, alice, text):
    spec, answer = migrate(board, alice, text)
    assert (answer["context_modified"], context(alice, spec)["context"]) == (False, text)


def test_a_migration_from_an_older_revision_is_refused(board, alice):
    spec = written(board, alice, context=LISTED)
    run("okto_pulse_update_spec", alice, spec_id=spec["id"], title="New")
    refused = run("okto_pulse_migrate_spec_decisions", alice, spec_id=spec["id"], expected_version=1)
    assert refused["code"] == "VERSION_CONFLICT"


def test_prose_of_the_section_stays_with_its_heading():
    block = parse("## decisions ##\nBefore\n* one\n\n2) two\nAfter\n# End")
    assert block is not None
    assert (block.bullets, block.rest) == (("one", "two"), "## decisions ##\nBefore\n\nAfter\n# End")
