"""Follow the event log line by line: what `tail` does between its arguments and its output."""

import asyncio
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pulse_project.core import conf, executor
from pulse_project.core.conf import ConfigError
from pulse_project.core.errors import Failure
from pulse_project.core.operations import REGISTRY
from pulse_project.core.principals import Caller

RETRIES = 6
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0


@dataclass(frozen=True)
class Following:
    """What to follow: one stream of one workspace as one agent sees it."""

    project_root: str
    agent_id: str
    stream: str
    start: str  # "latest", "0", "begin", "start" or an event id
    cursor_file: Path | None
    from_agent: str | None
    exclude_agent: str | None
    limit: int
    timeout_seconds: int
    once: bool


async def follow(what: Following, caller: Caller, write_line: Callable[[str], None]) -> None:
    """Write one JSON line per event until `once` is served or the task is cancelled.

    The cursor file is replaced only after the lines were written: a crash between the two repeats one window.
    """
    cursor = await _first_cursor(what, caller)
    while True:
        window = await _call("event_wait", _arguments(what, cursor), caller)
        for event in window["events"]:
            if event["actor_agent_id"] != what.exclude_agent or what.exclude_agent is None:
                write_line(json.dumps(event, separators=(",", ":"), ensure_ascii=True))
        moved = window["next_cursor"] != cursor
        cursor = window["next_cursor"]
        if what.cursor_file and moved:
            _keep_cursor(what.cursor_file, cursor)
        if what.once and not window["has_more"]:
            return
        if not (window["events"] or window["has_more"] or window["timed_out"]):  # a window of no length
            await asyncio.sleep(conf.current().poll_interval_ms / 1000)


def _arguments(what: Following, cursor: int) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "project_root": what.project_root,
        "agent_id": what.agent_id,
        "stream": what.stream,
        "cursor": cursor,
        "limit": what.limit,
        "timeout_seconds": 0 if what.once else what.timeout_seconds,
    }
    return arguments | ({"filters": {"agent_id": what.from_agent}} if what.from_agent else {})


async def _first_cursor(what: Following, caller: Caller) -> int:
    if what.cursor_file and what.cursor_file.exists():
        return _kept_cursor(what.cursor_file)
    if what.start in {"0", "begin", "start"}:
        return 0
    if what.start == "latest":
        arguments = {"project_root": what.project_root, "agent_id": what.agent_id, "stream": what.stream}
        return int((await _call("event_cursor", arguments, caller))["cursor"])
    if not what.start.isdecimal():
        raise ConfigError("--from takes latest, 0, begin, start or an event id.")
    return int(what.start)


def _kept_cursor(path: Path) -> int:
    try:
        text = path.read_text(encoding="ascii", errors="replace").strip()
    except OSError as error:
        raise _unusable(path, error) from error
    if not text.isdecimal():
        raise ConfigError(f"{path} does not hold an event id. Delete it to start anew.")
    return int(text)


def _keep_cursor(path: Path, cursor: int) -> None:
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".cursor-")
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(f"{cursor}\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except OSError as error:
        raise _unusable(path, error) from error


def _unusable(path: Path, error: OSError) -> ConfigError:
    return ConfigError(f"--cursor-file {path} cannot be used: {error.strerror}.")


async def _call(name: str, arguments: dict[str, Any], caller: Caller) -> dict[str, Any]:
    """One operation; transient failures of the store are repeated with growing pauses, all others are raised."""
    pause = FIRST_PAUSE_SECONDS
    for attempt in range(RETRIES + 1):
        outcome = await executor.call(REGISTRY[name], arguments, caller)
        if outcome.failure is None:
            result: dict[str, Any] = outcome.result
            return result
        if attempt == RETRIES or not outcome.failure.details.get("retryable"):
            raise outcome.failure
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
    raise AssertionError("unreachable")


def sentence(failure: Failure | ConfigError) -> str:
    """What `tail` prints when it gives up."""
    if not isinstance(failure, Failure):
        return f"CONFIG_ERROR: {failure}"
    if failure.details.get("reason") == "rewound":
        return f"{failure} Delete the cursor file and follow on with --from {failure.details['head']}."
    return str(failure)
