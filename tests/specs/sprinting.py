"""Scenarios, rules, designs and links for the tests of sprints, archive and architecture."""

from typing import Any

from boards.models import Card
from specs.models import ItemTask, Rule, Scenario, Spec, SpecItem


def _numbers(spec: Spec, kind: str, prefix: str) -> dict[str, Any]:
    number = SpecItem.objects.filter(spec=spec, kind=kind).count() + 1
    return {
        "spec": spec,
        "kind": kind,
        "number": number,
        "position": number - 1,
        "public_id": f"{prefix}{number:08x}",
    }


def make_scenario(spec: Spec, card: Card | None = None, **over: Any) -> Scenario:
    """A scenario, tested by a card if one is given."""
    texts = {"title": "Scenario", "given": "g", "when": "w", "then": "t"}
    made: Scenario = Scenario.objects.create(**_numbers(spec, "scenario", "ts_"), **{**texts, **over})
    if card is not None:
        ItemTask.objects.create(item=made, card=card)
    return made


def make_rule(spec: Spec, card: Card | None = None, **over: Any) -> Rule:
    """A rule, worked on by a card if one is given."""
    texts = {"title": "Rule", "rule": "r", "when": "w", "then": "t"}
    made: Rule = Rule.objects.create(**_numbers(spec, "rule", "br_"), **{**texts, **over})
    if card is not None:
        ItemTask.objects.create(item=made, card=card)
    return made


ENTITIES = [
    {"id": "shop", "name": "Shop", "entity_type": "app", "responsibility": "Sells.", "boundaries": "No money."},
    {
        "id": "bill",
        "name": "Billing",
        "entity_type": "service",
        "responsibility": "Charges.",
        "boundaries": "No goods.",
    },
]
INTERFACES = [
    {
        "id": "charge",
        "name": "Charge",
        "description": "Charges an account.",
        "participants": ["shop", "bill"],
        "direction": "source_to_target",
        "protocol": "HTTP",
        "request_schema": {"type": "object"},
    }
]


def drawing(**edge: Any) -> dict[str, Any]:
    """Two linked boxes and the arrow between them; `edge` changes what the arrow says."""
    links = {"linkedInterfaceId": "charge", "connectionType": "direct", "sourceElementId": "a", "targetElementId": "b"}
    return {
        "type": "excalidraw",
        "elements": [
            {"id": "a", "type": "rectangle", "customData": {"linkedEntityId": "shop"}},
            {"id": "b", "type": "rectangle", "customData": {"linkedEntityId": "bill"}},
            {"id": "ab", "type": "arrow", "customData": {**links, **edge}},
        ],
    }


def diagram(**over: Any) -> dict[str, Any]:
    """A diagram with its drawing."""
    given = {"id": "over", "title": "Overview", "description": "All.", "diagram_type": "container"}
    return {**given, "format": "excalidraw_json", "adapter_payload": drawing(), **over}


def design(**over: Any) -> dict[str, Any]:
    """Arguments of a whole design."""
    parts = {"entities": ENTITIES, "interfaces": INTERFACES, "diagrams": [diagram()]}
    return {"title": "Payments", "global_description": "How money moves.", **parts, **over}
