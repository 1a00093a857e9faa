"""Presets of board flags: what the seven hold, what agents copy, and operators' own."""

import pytest

from boards.flags import ON_BOARDS, PRESETS, PUBLISHED
from boards.presets import ensure_builtin_presets
from pulse_project.core.models import Agent, PermissionPreset
from tests.boards.making import make_member
from tests.conftest import run

COUNTS = {
    "Full Control": 270, "Spec": 205, "QA": 106, "Validator": 99, "Sprint Manager": 89, "Reporter": 85, "Executor": 78,
}  # fmt: skip
EVERYBODY = ("Full Control", "Spec", "Executor", "QA", "Validator", "Reporter", "Sprint Manager")
# by flag: who holds it, in the order of `EVERYBODY`
GRANTED = {
    "spec.validation.submit": "Y---Y--",
    "card.validation.submit": "Y---Y--",
    "spec.evaluations.submit": "Y---Y--",
    "sprint.evaluations.submit": "Y---Y-Y",
    "sprint.entity.create": "YY----Y",
    "sprint.move.active_to_review": "YY--Y-Y",
    "sprint.move.review_to_closed": "Y---Y-Y",
    "card.entity.create": "YYYY-Y-",
    "card.entity.create_test": "YY-Y---",
    "card.entity.delete": "Y------",
    "spec.entity.create": "YY-----",
    "ideation.architecture.create": "YY-----",
    "kg.session.commit": "YY--Y--",
    "kg.power.cypher": "YY--Y--",
}


@pytest.fixture(autouse=True)
def _built_in(db: None) -> None:
    ensure_builtin_presets()


def preset_of(name: str) -> str:
    return PermissionPreset.objects.get(scope="board", name=name).preset_id


def test_the_published_presets_are_exactly_seven_with_their_counts(operator):
    rows = run("okto_pulse_list_presets", operator)["presets"]
    assert {row["name"]: row["flag_count"] for row in rows} == COUNTS
    assert all(row["is_builtin"] for row in rows)


@pytest.mark.parametrize(("flag", "who"), GRANTED.items())
def test_a_preset_grants_what_was_published(flag, who):
    assert "".join("Y" if flag in PRESETS[name] else "-" for name in EVERYBODY) == who


def test_no_preset_governs_a_board():
    granted = {flag for preset in PermissionPreset.objects.filter(scope="board") for flag in preset.flags}
    assert granted == set(PUBLISHED)
    assert ON_BOARDS - granted >= {"governance.waive", "governance.override_review", "board.manage.share"}


def test_a_reporter_asks_everywhere_and_answers_nowhere():
    reporter = PRESETS["Reporter"]
    assert {f"{kind}.qa.ask" for kind in ("ideation", "refinement", "spec", "sprint", "card")} <= reporter
    assert not [flag for flag in reporter if flag.endswith(".qa.answer") or ".move." in flag]


def test_qa_works_in_graph_sessions_and_ends_none():
    begun = {"kg.session.begin", "kg.session.add_node", "kg.session.propose"}
    assert begun <= PRESETS["QA"]
    assert not {"kg.session.commit", "kg.session.abort"} & PRESETS["QA"]
    assert not [flag for flag in PRESETS["Executor"] if flag.startswith("kg.session.")]


def test_a_sprint_manager_edits_no_spec_and_makes_no_card():
    assert not {"spec.entity.edit_fields", "card.entity.create"} & PRESETS["Sprint Manager"]


def test_the_bus_does_not_list_presets_of_boards(operator):
    listed = run("admin_preset_list", operator)["data"]["items"]
    assert [row["preset_id"] for row in listed if row["preset_id"].startswith("board:")] == []


def test_the_bus_neither_changes_nor_deletes_a_preset_of_boards(operator):
    mine = run("okto_pulse_create_preset", operator, name="Mine")["id"]
    assert run("admin_preset_update", operator, preset_id=mine, name="X")["error"]["code"] == "NOT_FOUND"
    assert run("admin_preset_delete", operator, preset_id=mine)["error"]["code"] == "NOT_FOUND"


@pytest.mark.parametrize(("operation", "arguments"), [("update_preset", {"name": "Mine"}), ("delete_preset", {})])
def test_a_published_preset_stays_as_it_is(operator, operation, arguments):
    refused = run(f"okto_pulse_{operation}", operator, preset_id=preset_of("Executor"), **arguments)
    assert refused["code"] == "PERMISSION_DENIED"
    assert PermissionPreset.objects.filter(name="Executor", scope="board").exists()


def test_a_clone_changes_single_flags(operator):
    flags = {"card": {"entity": {"delete": True}}, "card.conclusion.write": False}
    made = run("okto_pulse_clone_preset", operator, preset_id=preset_of("Executor"), name="Mine", flags=flags)
    assert (made["is_builtin"], made["flag_count"]) == (False, 78)
    assert (made["flags"]["card"]["entity"]["delete"], made["flags"]["card"]["conclusion"]["write"]) == (True, False)


def test_a_new_preset_begins_with_everything_published(operator):
    made = run("okto_pulse_create_preset", operator, name="Mine", flags={"board.read": False})
    assert made["flag_count"] == 269


def test_a_new_preset_may_begin_with_another(operator):
    made = run("okto_pulse_create_preset", operator, name="Mine", base_preset_id=preset_of("Reporter"))
    assert made["flag_count"] == 85


def test_a_preset_is_changed_and_agents_keep_what_they_copied(operator):
    mine = run("okto_pulse_create_preset", operator, name="Mine")
    run("okto_pulse_create_agent", operator, name="Bob", preset_id=mine["id"])
    changed = run("okto_pulse_update_preset", operator, preset_id=mine["id"], name="Ours", flags={"board.read": False})
    assert (changed["name"], changed["flag_count"], changed["revision"]) == ("Ours", 269, 2)
    assert len(Agent.objects.get(agent_id="bob").board_permissions) == 270


def test_an_older_revision_of_a_preset_is_not_changed(operator):
    mine = run("okto_pulse_create_preset", operator, name="Mine")["id"]
    refused = run("okto_pulse_update_preset", operator, preset_id=mine, name="X", expected_version=4)
    assert refused["code"] == "VERSION_CONFLICT"


@pytest.mark.parametrize("name", ["Executor", "executor", "Mine"])
def test_a_name_that_exists_is_refused(operator, name):
    run("okto_pulse_create_preset", operator, name="Mine")
    assert run("okto_pulse_create_preset", operator, name=name)["code"] == "DUPLICATE"


def test_a_preset_takes_no_name_of_another(operator):
    run("okto_pulse_create_preset", operator, name="Mine")
    ours = run("okto_pulse_create_preset", operator, name="Ours")["id"]
    assert run("okto_pulse_update_preset", operator, preset_id=ours, name="Mine")["code"] == "DUPLICATE"


@pytest.mark.parametrize(
    "flags", [{"no.such": True}, {"board": {"read": "yes"}}, {"governance.waive": True}, {"board": 1}]
)
def test_a_preset_takes_published_flags_alone(operator, flags):
    assert run("okto_pulse_create_preset", operator, name="Mine", flags=flags)["code"] == "VALIDATION_ERROR"


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("create_preset", {"name": "X", "base_preset_id": "prsnone"}),
        ("clone_preset", {"name": "X", "preset_id": "builtin:full"}),
        ("update_preset", {"name": "X", "preset_id": "prsnone"}),
        ("delete_preset", {"preset_id": "prsnone"}),
    ],
)
def test_an_unknown_preset_is_not_found(operator, operation, arguments):
    assert run(f"okto_pulse_{operation}", operator, **arguments)["code"] == "NOT_FOUND"


def test_a_deleted_preset_leaves_its_agents_their_flags(operator):
    mine = run("okto_pulse_clone_preset", operator, preset_id=preset_of("Reporter"), name="Mine")["id"]
    run("okto_pulse_create_agent", operator, name="Bob", preset_id=mine)
    run("okto_pulse_delete_preset", operator, preset_id=mine)
    bob = Agent.objects.get(agent_id="bob")
    assert (bob.board_preset, len(bob.board_permissions)) == (None, 85)


@pytest.mark.parametrize(
    ("operation", "arguments", "flag"),
    [
        ("list_presets", {}, "operator.observe"),
        ("create_preset", {"name": "X"}, "presets.manage"),
        ("clone_preset", {"name": "X", "preset_id": "board:qa"}, "presets.manage"),
        ("update_preset", {"preset_id": "board:qa"}, "presets.manage"),
        ("delete_preset", {"preset_id": "board:qa"}, "presets.manage"),
    ],
)
def test_full_control_manages_no_presets(db, operation, arguments, flag):
    refused = run(f"okto_pulse_{operation}", make_member(None, "alice"), **arguments)
    assert (refused["code"], refused["details"]["required_permission"]) == ("PERMISSION_DENIED", flag)
