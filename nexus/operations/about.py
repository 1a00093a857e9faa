"""What anybody may know of this server before logging in."""

from typing import TypedDict

from nexus import workspaces
from nexus.catalog import operators
from nexus.operations.info import schema_version
from pulse_project.core import conf, version
from pulse_project.core.errors import Failure
from pulse_project.core.inputs import NoInput
from pulse_project.core.principals import PUBLIC, Caller


class About(TypedDict):
    service: str
    package_version: str
    schema_version: int
    trust_mode: str
    default_workspace_id: str | None


@operators.operation(needs=PUBLIC, rest="GET info", name="info")
def about(caller: Caller, data: NoInput) -> About:
    """Versions, trust mode, and the workspace of `--project-root` (null without one)."""
    return {
        "service": "pulse",
        "package_version": version.version(),
        "schema_version": schema_version(),
        "trust_mode": conf.current().trust_mode,
        "default_workspace_id": _default_workspace(caller),
    }


def _default_workspace(caller: Caller) -> str | None:
    root = conf.current().project_root
    if not root:
        return None
    try:
        return workspaces.locate(root, caller).workspace_id
    except Failure:
        return None
