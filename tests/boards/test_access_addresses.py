"""The published addresses of boards, shares, agents, presets and guidelines."""

from dataclasses import replace

import pytest

from boards.flags import NEVER_WITHOUT_IDENTITY
from pulse_project.core.operations import REGISTRY
from pulse_project.core.rest_adapter import published
from tests.boards.making import make_board
from tests.conftest import run

BOARD = "boards/<str:board_id>"
AGENT = "agents/<path:agent_id>"
ADDRESSES = {
    "POST boards": "create_board",
    "GET boards": "list_boards",
    f"PATCH {BOARD}": "update_board",
    f"DELETE {BOARD}": "delete_board",
    f"POST {BOARD}/archive": "archive_board",
    f"POST {BOARD}/restore": "restore_board",
    f"PATCH {BOARD}/settings": "update_board_settings",
    f"POST {BOARD}/shares": "share_board",
    f"GET {BOARD}/shares": "list_board_shares",
    f"PATCH {BOARD}/shares/<str:share_id>": "update_board_share",
    f"DELETE {BOARD}/shares/<str:share_id>": "end_board_share",
    "GET agents": "list_every_agent",
    "POST agents": "create_agent",
    f"GET {AGENT}": "get_agent",
    f"PATCH {AGENT}": "update_agent",
    f"DELETE {AGENT}": "delete_agent",
    f"POST {AGENT}/regenerate-key": "regenerate_agent_key",
    "GET agents/board/<str:board_id>": "list_agents",
    f"POST {AGENT}/{BOARD}": "grant_board",
    f"PATCH {AGENT}/{BOARD}": "update_grant",
    f"DELETE {AGENT}/{BOARD}": "revoke_board",
    "GET presets": "list_presets",
    "POST presets": "create_preset",
    "POST presets/<str:preset_id>/clone": "clone_preset",
    "PUT presets/<str:preset_id>": "update_preset",
    "DELETE presets/<str:preset_id>": "delete_preset",
    "GET me/permissions": "get_my_permissions",
    "GET me/system-flags": "get_system_flags",
    "GET guidelines": "list_guideline_catalogue",
    "POST guidelines": "create_catalogue_guideline",
    "GET guidelines/<str:guideline_id>": "get_guideline",
    "PATCH guidelines/<str:guideline_id>": "update_catalogue_guideline",
    "DELETE guidelines/<str:guideline_id>": "delete_catalogue_guideline",
    f"GET {BOARD}/guidelines": "get_board_guidelines",
    f"POST {BOARD}/guidelines": "link_guideline_to_board",
    f"PATCH {BOARD}/guidelines/<str:guideline_id>": "set_guideline_priority",
    f"DELETE {BOARD}/guidelines/<str:guideline_id>": "unlink_guideline_from_board",
}
AGENTS_OFFERED = {
    "get_my_profile": "boards",
    "update_my_profile": "boards",
    "list_my_boards": "boards",
    "list_agents": "boards",
    "list_board_members": "boards",
    "explain_permission": "boards",
    "create_board": "admin",
    "update_board_settings": "admin",
    "apply_board_preset": "admin",
    "get_board_guidelines": "boards",
    "list_guidelines": "boards",
    "create_guideline": "boards",
    "update_guideline": "boards",
    "delete_guideline": "boards",
    "link_guideline_to_board": "boards",
    "unlink_guideline_from_board": "boards",
}
FOR_PEOPLE = sorted(set(ADDRESSES.values()) - AGENTS_OFFERED.keys())


@pytest.mark.parametrize(("address", "name"), ADDRESSES.items())
def test_a_published_address_answers_with_its_operation(address, name):
    method, path = address.split(" ", 1)
    operation, route = published()[f"api/v1/{path}"][method]
    assert operation.name == f"okto_pulse_{name}"
    assert route.status == (201 if method == "POST" and name in _MAKERS else 200)


_MAKERS = {
    "create_board", "share_board", "create_agent", "grant_board", "create_preset", "clone_preset",
    "create_catalogue_guideline", "link_guideline_to_board",
}  # fmt: skip


@pytest.mark.parametrize(("name", "toolset"), AGENTS_OFFERED.items())
def test_a_tool_is_offered_in_its_toolset(name, toolset):
    operation = REGISTRY[f"okto_pulse_{name}"]
    assert (operation.toolset, "mcp" in operation.surfaces) == (toolset, True)


@pytest.mark.parametrize("name", FOR_PEOPLE)
def test_what_people_decide_is_no_tool(name):
    assert REGISTRY[f"okto_pulse_{name}"].surfaces == {"rest", "cli"}


@pytest.mark.django_db
def test_every_flag_of_judging_is_missing_without_identity_and_there_with_a_command_line(operator):
    make_board()
    for auth, held in (("loopback", False), ("cli", True)):
        caller = replace(operator, auth=auth)
        answers = [
            run("okto_pulse_explain_permission", caller, board_id="board-1", flag=flag)["allowed"]
            for flag in sorted(NEVER_WITHOUT_IDENTITY)
        ]
        assert set(answers) == {held}
