"""Files as producers leave them, drains of them in this process, and what the store then holds."""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

Summary = dict[str, Any]


def numbered(number: int, **over: Any) -> str:
    """A line whose event is stamped at receipt, so that nothing but care keeps it from being stored twice."""
    return json.dumps({"event_type": "note", "version": 1, "payload": {"n": number}, **over})


def write_lines(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def drain(path: Path, *, truncate: bool = False, source: str = "", **terms: Any) -> Summary:
    """One run; its summary."""
    return run_of(path, truncate=truncate, source=source, **terms)[0]


def run_of(path: Path, **terms: Any) -> tuple[Summary, list[str]]:
    """One run; its summary, and what it has to say to people."""
    from telemetry.drain.runs import Run
    from telemetry.drain.taking import Terms

    with closing(Run(path, Terms(**terms))) as run:
        run.once()
        summary: Summary = run.summary()  # type: ignore[assignment]  # read as plain JSON
        return summary, run.notes


def stored_numbers() -> list[int]:
    """The numbers of all stored events, sorted."""
    from telemetry.models import Event

    return sorted(json.loads(payload)["n"] for payload in Event.objects.values_list("payload", flat=True))


def dead_letters(path: Path) -> list[dict[str, Any]]:
    dead = path.with_name(f"{path.name}.dead.jsonl")
    return [json.loads(line) for line in dead.read_text().splitlines()] if dead.exists() else []


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def stop_after(looks: int) -> Callable[[], bool]:
    """`is_stopped` that says so after that many looks."""
    left = iter(range(looks))
    return lambda: next(left, None) is None
