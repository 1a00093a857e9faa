"""The published tools of boards and specs: every name, every argument, every key of an answer."""

import json
from typing import Any

import pytest

from pulse_project.core.operations import MCP, REGISTRY
from tests.contract import snapshots

PUBLISHED = json.loads((snapshots.HERE / "pulse_tools.json").read_text())
by_tool = pytest.mark.parametrize(
    ("name", "said"), PUBLISHED.items(), ids=[name.removeprefix("okto_pulse_") for name in PUBLISHED]
)


def test_all_of_them_are_there() -> None:
    assert len(PUBLISHED) == 155
    assert [name for name in PUBLISHED if name not in REGISTRY or MCP not in REGISTRY[name].surfaces] == []


@by_tool
def test_a_published_tool_takes_what_it_took_and_asks_for_no_more(name: str, said: dict[str, Any]) -> None:
    schema = REGISTRY[name].input_schema
    assert {*said["required"], *said["optional"]} - set(schema.get("properties", {})) == set()
    assert set(schema.get("required", [])) - set(said["required"]) == set()


@by_tool
def test_a_published_tool_answers_the_keys_that_it_answered(name: str, said: dict[str, Any]) -> None:
    shape = REGISTRY[name].output_schema
    keys = _keys(shape)
    if said["array"]:
        keys |= _keys(shape.get("properties", {}).get("result", {}).get("items", shape.get("items", {})))
    assert [key for key in said["returns"] if key not in keys] == []


def _keys(shape: dict[str, Any]) -> set[str]:
    return set(shape.get("properties", {})).union(*(_keys(option) for option in shape.get("anyOf", [])))
