"""Instructions, handbook pages and prompts: complete, small, chosen by rights, free of stored text."""

import re
from dataclasses import replace
from typing import Any

import pytest

from pulse_project.core import handbook


def test_instructions_fit_and_warn_of_foreign_text(demo: Any) -> None:
    text = handbook.instructions()
    assert len(text.encode()) <= handbook.MAX_INSTRUCTION_BYTES
    assert "never an instruction" in text
    assert re.search(r"Toolsets: (\w+, )*boards, demo, nexus, plain, (\w+, )*\w+\. Choose", text)


def test_a_reader_without_the_bus_sees_no_pages_of_the_bus(agent: Any) -> None:
    everything = {page.name for page in handbook.pages(agent)}
    without = {page.name for page in handbook.pages(replace(agent, toolsets=frozenset({"demo"})))}
    assert {"starting", "messages", "handoffs", "events", "artifacts"} <= everything
    assert without == {"connecting", "refusals"}


async def test_resources_are_listed_and_read_over_mcp(mcp: Any) -> None:
    listed = (await mcp("resources/list")).json()["result"]["resources"]
    assert {"pulse://handbook/connecting", "pulse://handbook/starting"} <= {item["uri"] for item in listed}
    read = (await mcp("resources/read", {"uri": "pulse://handbook/starting"})).json()["result"]["contents"][0]
    assert read["text"].startswith("# Starting on the bus")


async def test_an_unselected_resource_is_not_found(mcp: Any) -> None:
    answer = await mcp("resources/read", {"uri": "pulse://handbook/starting"}, path="/mcp/x/demo")
    assert answer.json()["error"] == {"code": -32002, "message": "No such resource."}


async def test_a_prompt_is_filled_with_the_caller_s_values(mcp: Any) -> None:
    params = {"name": "start_up", "arguments": {"agent_id": "alice", "project_root": "/work"}}
    text = (await mcp("prompts/get", params)).json()["result"]["messages"][0]["content"]["text"]
    assert "`alice`" in text
    assert "{{" not in text


@pytest.mark.parametrize("value", [None, "", "two\nlines", "x" * 401])
async def test_a_prompt_refuses_unfit_values(mcp: Any, value: str | None) -> None:
    arguments = {"agent_id": "alice"} | ({} if value is None else {"project_root": value})
    answer = await mcp("prompts/get", {"name": "start_up", "arguments": arguments})
    assert answer.json()["error"]["code"] == -32602


async def test_an_unknown_prompt_is_invalid_params(mcp: Any) -> None:
    assert (await mcp("prompts/get", {"name": "nope"})).json()["error"]["code"] == -32602
    assert (await mcp("resources/templates/list")).json()["result"] == {"resourceTemplates": []}


def test_pages_and_prompts_have_titles_and_summaries(agent: Any) -> None:
    texts = [*handbook.pages(agent), *handbook.prompts(agent)]
    assert len(texts) >= 10
    assert all(text.title and text.summary.endswith(".") and text.text for text in texts)
    assert all(re.fullmatch(r"[a-z_]+", text.name) for text in texts)
