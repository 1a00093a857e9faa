"""The surface is the committed one, and holds what the bus published."""

import json
from typing import Any

import pytest

from pulse_project.core.operations import MCP, REGISTRY
from tests.contract import snapshots

PUBLISHED = json.loads((snapshots.HERE / "nexus_tools.json").read_text())
REDRAW = "run `python -m tests.contract.snapshots`; it says what else is due"


def test_the_tools_are_the_committed_ones_under_a_new_revision_else() -> None:
    known, drawn = json.loads(snapshots.TOOLS.read_text()), snapshots.tools()
    assert drawn["tools"] == known["tools"], REDRAW
    assert drawn["surface_revision"] == known["surface_revision"] >= 100, REDRAW


def test_the_addresses_are_the_committed_ones() -> None:
    assert snapshots.openapi() == json.loads(snapshots.OPENAPI.read_text()), REDRAW


def test_the_bus_offers_its_published_tools_and_one_more() -> None:
    offered = {name for name, op in REGISTRY.items() if MCP in op.surfaces and op.toolset == "nexus"}
    assert offered == {*PUBLISHED, "coordination_health"}


@pytest.mark.parametrize(("name", "parameters"), PUBLISHED.items())
def test_a_published_tool_takes_what_it_took(name: str, parameters: dict[str, list[str]]) -> None:
    schema: dict[str, Any] = REGISTRY[name].input_schema
    assert sorted(schema.get("required", [])) == parameters["required"]
    assert set(schema.get("properties", {})) >= {*parameters["required"], *parameters["optional"]}


def test_the_schema_is_valid_openapi() -> None:
    from pulse_project.core import openapi

    document = openapi.document()
    identifiers = [entry["operationId"] for verbs in document["paths"].values() for entry in verbs.values()]
    assert len(identifiers) == len(set(identifiers))
    assert all(path.startswith("/") and "<" not in path for path in document["paths"])
