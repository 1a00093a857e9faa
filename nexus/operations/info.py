"""What this server is: for clients whose cached schemas disagree with what they meet."""

from typing import TypedDict

from django.db.migrations.recorder import MigrationRecorder

from nexus.catalog import catalog
from pulse_project.core import version
from pulse_project.core.inputs import NoInput
from pulse_project.core.principals import IDENTITY, Caller

SURFACE_REVISION = 103  # one more with every change of the tools: names, parameters, defaults, meaning


class Info(TypedDict):
    package_version: str
    schema_version: int
    surface_revision: int


def schema_version() -> int:
    """How many schema steps of the bus and of what it stands on this store has."""
    return int(MigrationRecorder.Migration.objects.filter(app__in=("core", "nexus")).count())


@catalog.operation(needs=IDENTITY)
def nexus_info(caller: Caller, data: NoInput) -> Info:
    """Versions of the package, the store and the tool surface. A new surface_revision means: list the tools again."""
    return {
        "package_version": version.version(),
        "schema_version": schema_version(),
        "surface_revision": SURFACE_REVISION,
    }
