"""The drawings of diagrams: kept apart from their design, told apart by the hash of their canonical JSON."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from pulse_project.core import clock
from pulse_project.core.errors import Code, Failure
from specs.models import ArchitectureDesign, DiagramPayload
from specs.queries.architecture import payload_ref

FORMAT = "excalidraw_json"
MAX_PAYLOAD_BYTES = 1024 * 1024
MAX_DESIGN_BYTES = 8 * MAX_PAYLOAD_BYTES  # of all drawings of one design
MAX_ANSWER_BYTES = 16 * MAX_PAYLOAD_BYTES  # of all drawings in one answer


def canonical(payload: Any) -> str:
    """JSON with sorted keys and without spaces: equal drawings have equal text."""
    return json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def drawn(design: ArchitectureDesign, diagram_id: str, payload: Any) -> DiagramPayload:
    """The unsaved row of a drawing. Errors: CONTENT_TOO_LARGE."""
    raw = canonical(payload).encode()
    if len(raw) > MAX_PAYLOAD_BYTES:
        raise _too_large("A drawing is too large. Split the diagram.", MAX_PAYLOAD_BYTES)
    now = clock.now()
    return DiagramPayload(
        design=design,
        diagram_id=diagram_id,
        format=FORMAT,
        payload=payload,
        content_hash=hashlib.sha256(raw).hexdigest(),
        size_bytes=len(raw),
        created_at=now,
        updated_at=now,
    )


def _too_large(message: str, max_bytes: int) -> Failure:
    return Failure(Code.CONTENT_TOO_LARGE, message, field="diagrams", max_bytes=max_bytes)


def demand_readable(designs: Sequence[ArchitectureDesign]) -> None:
    """Errors: CONTENT_TOO_LARGE when the drawings of these designs are too much for one answer."""
    size = sum(diagram["size_bytes"] for design in designs for diagram in design.diagrams)
    if size > MAX_ANSWER_BYTES:
        raise _too_large("These drawings are too much for one answer. Read fewer designs at a time.", MAX_ANSWER_BYTES)


def store(design: ArchitectureDesign, payloads: Mapping[str, Any]) -> None:
    """Make these the drawings of the design's diagrams; what no diagram names is removed, equal ones are left alone.

    Writes hash, size and reference into `design.diagrams`, which the caller saves. Errors: CONTENT_TOO_LARGE.
    """
    stored = {row.diagram_id: row for row in DiagramPayload.objects.filter(design=design)}
    wanted = {diagram_id: drawn(design, diagram_id, payload) for diagram_id, payload in payloads.items()}
    if sum(row.size_bytes for row in wanted.values()) > MAX_DESIGN_BYTES:
        raise _too_large("The drawings of a design are too large together. Split the design.", MAX_DESIGN_BYTES)
    changed = [
        row
        for diagram_id, row in wanted.items()
        if diagram_id not in stored or stored[diagram_id].content_hash != row.content_hash
    ]
    gone = {row.diagram_id for row in changed} | (stored.keys() - wanted.keys())
    if stored and gone:
        DiagramPayload.objects.filter(design=design, diagram_id__in=gone).delete()
    DiagramPayload.objects.bulk_create(changed)
    design.diagrams = [
        {
            **diagram,
            "adapter_payload_ref": payload_ref(design.pk, diagram["id"]),
            "content_hash": wanted[diagram["id"]].content_hash,
            "size_bytes": wanted[diagram["id"]].size_bytes,
        }
        for diagram in design.diagrams
    ]
