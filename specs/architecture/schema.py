"""The authoring contract of designs, as agents read it before they write one."""

from typing import Any

SCHEMA_VERSION = "2026-05-04"
DIRECTIONS = ("source_to_target", "target_to_source", "bidirectional", "none")
DIAGRAM_TYPES = ("context", "container", "component", "sequence", "deployment", "data_flow", "other")
CONNECTIONS = ("direct", "elbow")
PARENTS = ("ideation", "refinement", "spec", "card")

SCHEMA: dict[str, Any] = {
    "schema_version": SCHEMA_VERSION,
    "allowed_values": {
        "parent_type": list(PARENTS),
        "diagram_format": ["excalidraw_json"],
        "diagram_type": list(DIAGRAM_TYPES),
        "interface_direction": list(DIRECTIONS),
        "connection_type": list(CONNECTIONS),
    },
    "root_contract": {
        "required": ["title", "global_description"],
        "optional": ["entities", "interfaces", "diagrams"],
        "rules": [
            "Texts that are required must not be blank.",
            "Lists are sent whole: an update replaces the list that it names and leaves the others.",
            "Parts without an id are given one.",
        ],
    },
    "entity_contract": {
        "keys": ["id", "name", "entity_type", "responsibility", "boundaries", "technologies", "relationships", "notes"],
        "rules": [
            "Ids and names are unique in the design.",
            "A name differs from its entity_type, whatever the case, spaces and punctuation.",
        ],
        "recommended": ["id", "name", "entity_type", "responsibility", "boundaries"],
    },
    "interface_contract": {
        "keys": [
            "id", "name", "endpoint", "description", "participants", "direction", "protocol", "contract_type",
            "request_schema", "response_schema", "event_schema", "error_contract", "schema_ref", "notes",
        ],
        "rules": [
            "Ids and names are unique in the design.",
            "participants is empty, or names exactly two different entities by id or name.",
            "A request, response or event schema needs a protocol or a contract_type.",
        ],
        "recommended": ["id", "name", "description", "protocol", "contract_type", "schema_ref"],
    },
    "diagram_contract": {
        "keys": ["id", "title", "diagram_type", "format", "adapter_payload", "description", "order_index"],
        "rules": [
            "Ids and titles are unique in the design.",
            "adapter_payload is sent for a new drawing; a diagram that keeps its id keeps its drawing without it.",
        ],
    },
    "excalidraw_contract": {
        "keys": ["elements"],
        "element_links": [
            "linkedEntityId", "linkedInterfaceId", "linkedInterfaceIds", "connectionType", "sourceElementId",
            "targetElementId",
        ],
        "rules": [
            "A payload is an object with a list `elements`; each element has an id of its own.",
            "Links stand on the element or in its customData, and name parts of the same design by id.",
            "sourceElementId and targetElementId come together and name elements of the drawing.",
            "An interface on a connection has the entities of its two ends as participants, in that order.",
        ],
    },
    "limits": {
        "designs_of_an_object": 50, "parts_of_a_list": 200, "payload_bytes": 1024 * 1024, "text_characters": 100_000,
    },
    "examples": {
        "entity": {
            "id": "billing", "name": "Billing Service", "entity_type": "service",
            "responsibility": "Charges accounts.", "boundaries": "Knows no orders.", "technologies": ["Python"],
        },
        "interface": {
            "id": "charge", "name": "Charge an account", "participants": ["shop", "billing"],
            "direction": "source_to_target", "protocol": "HTTP", "request_schema": {"type": "object"},
        },
        "diagram": {
            "id": "overview", "title": "Overview", "diagram_type": "container", "format": "excalidraw_json",
            "adapter_payload": {
                "type": "excalidraw",
                "elements": [
                    {"id": "a", "type": "rectangle", "customData": {"linkedEntityId": "shop"}},
                    {"id": "b", "type": "rectangle", "customData": {"linkedEntityId": "billing"}},
                    {
                        "id": "ab", "type": "arrow",
                        "customData": {
                            "linkedInterfaceId": "charge", "connectionType": "direct", "sourceElementId": "a",
                            "targetElementId": "b",
                        },
                    },
                ],
            },
        },
    },
}  # fmt: skip
