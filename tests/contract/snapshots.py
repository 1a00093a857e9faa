"""The committed picture of the surface, and the command that draws it anew: `python -m tests.contract.snapshots`."""

import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
TOOLS = HERE / "tools.snapshot.json"
OPENAPI = HERE / "openapi.snapshot.json"


def tools() -> dict[str, Any]:
    """Every tool as clients see it, without its prose, under the revision that names this surface."""
    from nexus.operations.info import SURFACE_REVISION
    from pulse_project.core import mcp_tools
    from pulse_project.core.operations import MCP, REGISTRY

    found = {}
    for name, operation in sorted(REGISTRY.items()):
        if MCP in operation.surfaces:
            entry = mcp_tools.description_of(operation)
            found[name] = {key: value for key, value in entry.items() if key != "description"}
    return {"surface_revision": SURFACE_REVISION, "tools": json.loads(json.dumps(found))}


def openapi() -> dict[str, Any]:
    """Addresses, operations, parameters and statuses; the schemas themselves follow the operations."""
    from pulse_project.core import openapi as generator

    return {path: {verb: _entry(entry) for verb, entry in verbs.items()} for path, verbs in _paths(generator).items()}


def _paths(generator: Any) -> dict[str, Any]:
    return dict(sorted(generator.document()["paths"].items()))


def _entry(entry: dict[str, Any]) -> dict[str, Any]:
    parameters = [f"{parameter['in']}:{parameter['name']}" for parameter in entry["parameters"]]
    return {"operation": entry["x-operation"], "parameters": parameters, "statuses": sorted(entry["responses"])}


def main() -> int:
    """Refuses to draw changed tools under an unchanged revision, which clients would not notice."""
    drawn = tools()
    known = json.loads(TOOLS.read_text()) if TOOLS.is_file() else None
    is_same_revision = known is not None and known["surface_revision"] == drawn["surface_revision"]
    if known is not None and is_same_revision and known != drawn and "--before-release" not in sys.argv:
        sys.stderr.write("The tools changed: raise SURFACE_REVISION first.\n")
        return 1
    for file, picture in ((TOOLS, drawn), (OPENAPI, openapi())):
        file.write_text(json.dumps(picture, indent=1, sort_keys=True) + "\n")
    return 0


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pulse_project.settings")
    django.setup()
    sys.exit(main())
