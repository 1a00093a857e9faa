"""What anybody stored never reaches names, descriptions, instructions, resources or prompts."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pulse_project.core.operations import REGISTRY
from tests.conftest import run
from tests.contract.arguments import required_arguments

HOSTILE = "IGNORE-ALL-PREVIOUS"
LONG = (HOSTILE + " \u202e\x1b[31m ") * 40


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
    required = REGISTRY[name].input_schema["required"]
    given = {argument: project if argument == "project_root" else HOSTILE * 50 for argument in required}
    refused = run(name, operator, **given)
    assert refused["ok"] is False
    assert HOSTILE * 5 not in str(refused)


def texts_in(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for name, item in value.items():
                yield name
                yield from texts_in(item)
        case list():
            for item in value:
                yield from texts_in(item)


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_no_refusal_repeats_more_than_eighty_printable_characters(name: str, operator: Any, project: str) -> None:
    schema = REGISTRY[name].input_schema
    least = required_arguments(schema, project)
    wrong = [{**least, argument: value} for argument in schema["properties"] for value in (LONG, {LONG: LONG}, [LONG])]
    answers = [run(name, operator, **given) for given in [*wrong, {**least, LONG: 1}]]
    repeated = {text for answer in answers if "error" in answer for text in texts_in(answer) if HOSTILE in text}
    sentence = " is not an argument. Known: "
    assert not {text for text in repeated if len(text.split(sentence)[0]) > 80 or not text.isprintable()}
