"""`pulse admin prune` and `pulse admin issue-keys`."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from pulse_project.core import auth, conf, executor
from pulse_project.core.admin_commands import subcommand
from pulse_project.core.errors import Code, Failure
from pulse_project.core.operations import REGISTRY

WINDOWS = ("events", "read_deliveries", "closed_sessions")


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="Count only; nothing is deleted.")
    parser.add_argument("--vacuum", action="store_true", help="Give freed pages back to the disk afterwards.")
    for window in WINDOWS:
        flag = f"--{window.replace('_', '-')}-keep-days"
        parser.add_argument(flag, type=int, help="Overrides the setting for this run.")


@subcommand("prune", "Delete events, read deliveries and closed sessions past their windows.", arguments=_arguments)
def prune(options: dict[str, Any]) -> str:
    _demand_project_root()
    overrides = {f"{window}_keep_days": options[f"{window}_keep_days"] for window in WINDOWS}
    given = {name: days for name, days in overrides.items() if days is not None}
    return _run("admin_prune", dry_run=options["dry_run"], vacuum=options["vacuum"], **given)


@subcommand("issue-keys", "Give every active agent without a key one. The keys are printed only here.")
def issue_keys(_options: dict[str, Any]) -> str:
    _demand_project_root()
    return _run("admin_issue_keys")


def _demand_project_root() -> None:
    """The published commands name a project; the store is one for all of them."""
    root = conf.current().project_root
    if not root:
        raise Failure(Code.WORKSPACE_REQUIRED, "--project-root is required.")
    if not Path(root).expanduser().is_dir():
        raise Failure(Code.WORKSPACE_UNRESOLVED, "--project-root is not a folder.")


def _run(name: str, **arguments: Any) -> str:
    outcome = executor.call_sync(REGISTRY[name], arguments, auth.system_caller())
    if outcome.failure is not None:
        raise outcome.failure
    return json.dumps(outcome.result, indent=2)
