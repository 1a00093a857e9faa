"""What anybody stored never reaches names, descriptions, instructions, resources or prompts."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import run

HOSTILE = "IGNORE-ALL-PREVIOUS"


@pytest.mark.django_db
def test_stored_text_is_in_nothing_that_steers_a_model(
    make_agent: Callable[..., Any], operator: Any, project: str
) -> None:
    from pulse_project.core import handbook, mcp_tools, openapi

    caller = make_agent(HOSTILE, role=HOSTILE, capabilities=[HOSTILE], metadata={HOSTILE: HOSTILE})
    run("channel_create", caller, project_root=project, name=HOSTILE)
    run("workspace_resolve", caller, project_root=project, display_name=HOSTILE)
    run("admin_preset_create", operator, name=HOSTILE, description=HOSTILE)
    run("message_create", caller, project_root=project, from_agent_id=HOSTILE, subject=HOSTILE, body=HOSTILE)
    texts = [
        handbook.instructions(),
        str(handbook.pages(caller)),
        str(handbook.prompts(caller)),
        str(openapi.document()),
    ]
    assert HOSTILE in str(run("agent_list", caller))
    assert HOSTILE.encode() not in mcp_tools.listing(caller)
    assert not [text for text in texts if HOSTILE in text]


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["agent_get", "message_status", "handoff_get", "artifact_get"])
def test_a_refusal_does_not_repeat_what_it_was_given(name: str, operator: Any, project: str) -> None:
    from pulse_project.core.operations import REGISTRY

    required = REGISTRY[name].input_schema["required"]
    given = {argument: project if argument == "project_root" else HOSTILE * 50 for argument in required}
    refused = run(name, operator, **given)
    assert refused["ok"] is False
    assert HOSTILE * 5 not in str(refused)
