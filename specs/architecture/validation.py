"""The critique of a design: what must hold before it is stored, and what would make it better."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulse_project.core.errors import Code, Failure
from specs.architecture import drawings
from specs.architecture.findings import Findings, folded, repeated
from specs.architecture.payloads import FORMAT
from specs.architecture.schema import DIAGRAM_TYPES, DIRECTIONS
from specs.architecture.shapes import DIAGRAM, ENTITY, INTERFACE, parts_of

SCHEMAS = ("request_schema", "response_schema", "event_schema")


@dataclass(frozen=True, slots=True)
class Draft:
    """A design as it would be stored. `payloads` are the drawings by the id of their diagram."""

    title: str
    global_description: str
    entities: list[dict[str, Any]]
    interfaces: list[dict[str, Any]]
    diagrams: list[dict[str, Any]]
    payloads: dict[str, Any]


def critique(given: Mapping[str, Any], stored: Mapping[str, Any]) -> tuple[Draft, Findings]:
    """The draft in what a caller sends, and the remarks about it.

    `given` holds title, global_description, entities, interfaces and diagrams; `stored` the drawings that diagrams
    without an `adapter_payload` keep.
    """
    findings = Findings()
    for name in ("title", "global_description"):
        if not given[name].strip():
            findings.issue(f"$.{name}", "blank", "This must not be blank.")
    entities = parts_of(given["entities"], ENTITY, "$.entities", findings)
    interfaces = parts_of(given["interfaces"], INTERFACE, "$.interfaces", findings)
    diagrams = parts_of(given["diagrams"], DIAGRAM, "$.diagrams", findings)
    _entities(entities, findings)
    _interfaces(interfaces, entities, findings)
    payloads = _diagrams(diagrams, stored, findings)
    names = drawings.Names.of(entities, interfaces)
    for place, diagram in enumerate(diagrams):
        if diagram["id"] in payloads:
            path = f"$.diagrams[{place}].adapter_payload"
            drawings.check(payloads[diagram["id"]], path, names, findings)
    draft = Draft(
        given["title"].strip(), given["global_description"].strip(), entities, interfaces, diagrams, payloads
    )  # fmt: skip
    return draft, findings


def demand_valid(given: Mapping[str, Any], stored: Mapping[str, Any]) -> Draft:
    """The draft, once nothing blocks it. Errors: VALIDATION_ERROR with `issues`, `warnings` and `suggested_fixes`."""
    draft, findings = critique(given, stored)
    if findings.issues:
        first = findings.issues[0]
        raise Failure(
            Code.VALIDATION_ERROR, f"{first['path']}: {first['message']}", field=first["path"], **findings.wire()
        )
    return draft


def _unique(parts: list[dict[str, Any]], path: str, key: str, findings: Findings) -> None:
    for place in repeated([part["id"] for part in parts]):
        findings.issue(f"{path}[{place}].id", "duplicate", "Another part has this id.", "Give each part its own id.")
    for place in repeated([part[key].casefold() for part in parts]):
        findings.issue(f"{path}[{place}].{key}", "duplicate", f"Another part has this {key}.")


def _missing(parts: list[dict[str, Any]], path: str, keys: tuple[str, ...], findings: Findings) -> None:
    for place, part in enumerate(parts):
        for key in keys:
            if not part[key]:
                findings.warn(f"{path}[{place}].{key}", "missing", f"Readers look for {key} here.", f"Fill in {key}.")


def _entities(entities: list[dict[str, Any]], findings: Findings) -> None:
    _unique(entities, "$.entities", "name", findings)
    _missing(entities, "$.entities", ("name", "entity_type", "responsibility", "boundaries"), findings)
    for place, entity in enumerate(entities):
        if entity["name"] and folded(entity["name"]) == folded(entity["entity_type"]):
            findings.issue(
                f"$.entities[{place}].name",
                "name_equals_type",
                "A name must say more than the type.",
                "Name the thing itself, such as Billing Service.",
            )


def _interfaces(interfaces: list[dict[str, Any]], entities: list[dict[str, Any]], findings: Findings) -> None:
    _unique(interfaces, "$.interfaces", "name", findings)
    _missing(interfaces, "$.interfaces", ("name", "description"), findings)
    names = drawings.Names.of(entities, [])
    for place, interface in enumerate(interfaces):
        path = f"$.interfaces[{place}]"
        if interface["direction"] and interface["direction"] not in DIRECTIONS:
            findings.issue(
                f"{path}.direction", "unknown_value", f"direction takes one of {', '.join(DIRECTIONS)}."
            )  # fmt: skip
        _participants(interface["participants"], f"{path}.participants", names, findings)
        _contract(interface, path, findings)


def _participants(participants: list[Any], path: str, names: drawings.Names, findings: Findings) -> None:
    if not participants:
        return
    found = [names.entity(item) for item in participants]
    if len(participants) != 2:
        findings.issue(path, "participants", "participants names exactly two entities, or none.")
    elif None in found:
        findings.issue(f"{path}[{found.index(None)}]", "unknown_entity", "No entity has this id or name.")
    elif found[0] == found[1]:
        findings.issue(path, "participants", "The two participants must differ.")


def _contract(interface: Mapping[str, Any], path: str, findings: Findings) -> None:
    if interface["protocol"] or interface["contract_type"]:
        if not interface["schema_ref"] and not any(interface[key] for key in SCHEMAS):
            findings.warn(path, "missing", "Readers look for a schema here.", "Add a schema or a schema_ref.")
        return
    if any(interface[key] for key in SCHEMAS):
        findings.issue(
            f"{path}.protocol", "missing", "A schema needs a protocol or a contract_type.", "Say how it is spoken."
        )  # fmt: skip
    else:
        findings.warn(f"{path}.protocol", "missing", "Readers look for a protocol or a contract_type here.")


def _diagrams(
    diagrams: list[dict[str, Any]], stored: Mapping[str, Any], findings: Findings
) -> dict[str, dict[str, Any]]:
    """The drawings by diagram; `adapter_payload` leaves the diagrams."""
    _unique(diagrams, "$.diagrams", "title", findings)
    _missing(diagrams, "$.diagrams", ("title", "description"), findings)
    payloads = {}
    for place, diagram in enumerate(diagrams):
        path = f"$.diagrams[{place}]"
        diagram["format"] = diagram["format"] or FORMAT
        diagram["diagram_type"] = diagram["diagram_type"] or "other"
        if diagram["format"] != FORMAT:
            findings.issue(f"{path}.format", "unknown_value", f"format takes {FORMAT} only.", "Draw it in Excalidraw.")
        if diagram["diagram_type"] not in DIAGRAM_TYPES:
            findings.issue(
                f"{path}.diagram_type", "unknown_value", f"diagram_type takes one of {', '.join(DIAGRAM_TYPES)}."
            )  # fmt: skip
        payload = drawings.payload_of(diagram.pop("adapter_payload"), stored.get(diagram["id"]))
        if drawings.is_document(payload):
            payloads[diagram["id"]] = payload
        else:
            findings.issue(
                f"{path}.adapter_payload", "payload", "A drawing is an object with a list `elements`.",
                "Send the Excalidraw document.",
            )  # fmt: skip
    return payloads
