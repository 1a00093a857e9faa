"""What must hold in an Excalidraw document: its elements, and what they say about entities and interfaces.

The links stand on an element itself or in its `customData`: linkedEntityId, linkedInterfaceId, linkedInterfaceIds,
connectionType, sourceElementId, targetElementId.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from pulse_project.core import body
from specs.architecture.findings import Findings, repeated
from specs.architecture.schema import CONNECTIONS


@dataclass(frozen=True, slots=True)
class Names:
    """How a design's parts are referred to: entities by id or name, interfaces by id; and who takes part in these."""

    entities: Mapping[str, str]
    participants: Mapping[str, list[str | None]]

    @classmethod
    def of(cls, entities: list[dict[str, Any]], interfaces: list[dict[str, Any]]) -> "Names":
        by_name = {entity["name"].casefold(): entity["id"] for entity in entities if entity["name"]}
        known = by_name | {entity["id"]: entity["id"] for entity in entities}
        names = cls(known, {})
        return cls(known, {item["id"]: [names.entity(name) for name in item["participants"]] for item in interfaces})

    def entity(self, text: Any) -> str | None:
        """The id of the entity with that id or name."""
        if not isinstance(text, str):
            return None
        return self.entities.get(text.strip()) or self.entities.get(text.strip().casefold())


def payload_of(sent: Any, stored: Any) -> Any:
    """The drawing that was sent, as an object or as JSON text of one; else the one that is kept.

    Errors: VALIDATION_ERROR for text that is no JSON.
    """
    if sent is None or sent == "":
        return stored
    return body.loads(sent) if isinstance(sent, str) else sent


def is_document(payload: Any) -> TypeGuard[dict[str, Any]]:
    return isinstance(payload, dict) and isinstance(payload.get("elements"), list)


@dataclass(frozen=True, slots=True)
class Element:
    """One element, where it stands, and what it links to."""

    path: str
    id: str
    type: str
    links: Mapping[str, Any]

    def where(self, key: str) -> str:
        return f"{self.path}.{key}"


def check(payload: Mapping[str, Any], path: str, names: Names, findings: Findings) -> None:
    """Add the remarks about one drawing."""
    elements = []
    for place, raw in enumerate(payload["elements"]):
        here = f"{path}.elements[{place}]"
        element = _element(raw, here)
        if element is None:
            findings.issue(f"{here}.id", "missing", "An element is an object with an id.")
        else:
            elements.append(element)
    for place in repeated([element.id for element in elements]):
        findings.issue(f"{elements[place].path}.id", "duplicate", "Another element has this id.")
    by_id = {element.id: element for element in elements}
    for element in elements:
        _check_links(element, by_id, names, findings)
    if elements and not any(element.links.get("linkedEntityId") for element in elements):
        findings.warn(path, "unlinked", "No element is linked to an entity.", "Set linkedEntityId in customData.")


def _element(raw: Any, path: str) -> Element | None:
    if not isinstance(raw, dict) or not isinstance(raw.get("id"), str) or not raw["id"]:
        return None
    custom = raw.get("customData")
    links = {**raw, **custom} if isinstance(custom, dict) else raw
    return Element(path, raw["id"], str(raw.get("type", "")), links)


def _check_links(element: Element, by_id: Mapping[str, Element], names: Names, findings: Findings) -> None:
    linked = element.links.get("linkedEntityId")
    if linked and names.entity(linked) is None:
        findings.issue(element.where("linkedEntityId"), "unknown_entity", "No entity has this id.")
    for interface in _interfaces(element):
        if not isinstance(interface, str) or interface not in names.participants:
            findings.issue(element.where("linkedInterfaceId"), "unknown_interface", "No interface has this id.")
    connection = element.links.get("connectionType")
    if connection and connection not in CONNECTIONS:
        findings.issue(
            element.where("connectionType"), "unknown_value", f"connectionType takes one of {', '.join(CONNECTIONS)}."
        )  # fmt: skip
    _check_ends(element, by_id, names, findings)


def _interfaces(element: Element) -> list[Any]:
    several = element.links.get("linkedInterfaceIds")
    one = element.links.get("linkedInterfaceId")
    return [*(several if isinstance(several, list) else []), *([one] if one else [])]


def _check_ends(element: Element, by_id: Mapping[str, Element], names: Names, findings: Findings) -> None:
    ends = {key: element.links.get(key) for key in ("sourceElementId", "targetElementId")}
    if not any(ends.values()):
        return
    for key, end in ends.items():
        if not end:
            findings.issue(element.where(key), "missing", "A connection names both of its ends.")
        elif not isinstance(end, str) or end not in by_id:
            findings.issue(element.where(key), "unknown_element", "No element has this id.")
    if all(isinstance(end, str) and end in by_id for end in ends.values()):
        entities = [names.entity(by_id[end].links.get("linkedEntityId")) for end in ends.values() if end]
        _check_order(element, entities, names, findings)


def _check_order(element: Element, entities: list[str | None], names: Names, findings: Findings) -> None:
    for interface in _interfaces(element):
        if not isinstance(interface, str) or interface not in names.participants:
            continue
        if None in entities:
            findings.warn(
                element.where("linkedInterfaceId"), "unlinked", "An end of this connection is linked to no entity.",
                "Set linkedEntityId on both ends.",
            )  # fmt: skip
        elif names.participants[interface] != entities:
            findings.issue(
                element.where("linkedInterfaceId"), "participants",
                "The participants of the interface are not the entities of the two ends, in that order.",
            )  # fmt: skip
