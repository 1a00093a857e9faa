"""`pulse admin recount`."""

import json
from argparse import ArgumentParser
from typing import Any

from pulse_project.core import auth, executor
from pulse_project.core.admin_commands import subcommand
from pulse_project.core.operations import REGISTRY


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--repair", action="store_true", help="Put right what differs.")


@subcommand("recount", "Prove that the metrics of telemetry equal its events.", arguments=_arguments)
def recount(options: dict[str, Any]) -> str:
    """The report as JSON."""
    outcome = executor.call_sync(REGISTRY["telemetry_recount"], {"repair": options["repair"]}, auth.system_caller())
    if outcome.failure is not None:
        raise outcome.failure
    return json.dumps(outcome.result, indent=2)
