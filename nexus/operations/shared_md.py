"""shared.md: what people and agents may read of a workspace without asking the bus."""

import re
from typing import Annotated, Any, TypedDict

from pydantic import BeforeValidator, Field

from nexus import shared_files, shared_state, shared_view
from nexus.catalog import catalog
from nexus.fields import REQUIRED
from pulse_project.core import clock, conf
from pulse_project.core.errors import Code, Failure
from pulse_project.core.inputs import Fails, Input
from pulse_project.core.principals import Caller

_WORKSPACE_ID = re.compile(r"[0-9a-f]{64}")
_MISSING = "workspace_id is required. workspace_resolve answers it."


def _workspace_id(value: Any) -> str:
    if value is None or value == "":
        raise Failure(Code.WORKSPACE_REQUIRED, _MISSING, field="workspace_id")
    if not isinstance(value, str) or _WORKSPACE_ID.fullmatch(value) is None:
        raise Failure(Code.VALIDATION_ERROR, "workspace_id is 64 lower-case hex digits.", field="workspace_id")
    return value


class SharedMdRender(Input):
    """Which workspace, and how many of its events."""

    workspace_id: Annotated[
        str, BeforeValidator(_workspace_id), Fails(Code.WORKSPACE_REQUIRED, rank=REQUIRED, message=_MISSING)
    ]
    limit_events: int = Field(50, ge=1, description="Newest events to show, at most max_shared_md_events.")


class SharedMd(TypedDict):
    path: str
    workspace_id: str
    bytes_written: int
    sections_rendered: int
    limit_events: int
    generated_at: str


@catalog.operation(needs="events.read", slow=True)
def shared_md_render(caller: Caller, data: SharedMdRender) -> SharedMd:
    """Write the workspace's shared.md: agents and sessions, open tasks, open handoffs, recent events.

    It shows what is public: no payload, and no target of a handoff that is not public. Equal states give equal bytes.

    Errors: WORKSPACE_REQUIRED, VALIDATION_ERROR, NOT_FOUND, DB_ERROR, RENDER_ERROR, PERMISSION_DENIED.
    """
    most = conf.current().max_shared_md_events
    if data.limit_events > most:
        raise Failure(Code.VALIDATION_ERROR, f"limit_events lies in 1..{most}.", field="limit_events", maximum=most)
    state = shared_state.read(data.workspace_id, data.limit_events)
    if state is None:
        raise Failure(Code.NOT_FOUND, "No such workspace.", field="workspace_id")
    path, size = shared_files.replace_shared(data.workspace_id, shared_view.render(state))
    return {
        "path": path,
        "workspace_id": data.workspace_id,
        "bytes_written": size,
        "sections_rendered": len(shared_view.SECTIONS),
        "limit_events": data.limit_events,
        "generated_at": clock.iso(clock.now_us()) or "",
    }
