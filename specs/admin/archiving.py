"""Archiving and restoring objects in the admin, with the number of objects that go along."""

from collections.abc import Mapping, Sequence
from typing import Any

from boards.admin.exports import named
from boards.models import Entity
from pulse_project.core.admin.actions import OperationAction
from pulse_project.core.admin.display import number_of
from specs import archive_trees

WORDS = ("ideation", "refinement", "spec", "sprint", "card")


def counted(records: Sequence[Entity], *, restores: bool = False) -> str:
    """ "1 spec, 2 sprints and 14 cards": what archiving the records would change, or restoring them."""
    found: Mapping[str, Any] = archive_trees.foreseen(records, restores=restores)
    parts = [number_of(found[f"{word}s"], word) for word in WORDS if found[f"{word}s"]]
    return " and ".join(part for part in (", ".join(parts[:-1]), parts[-1]) if part) if parts else "nothing"


def _archived(records: Sequence[Any]) -> list[str]:
    return [f"This archives {counted(records)}: what you chose, with everything below it."]


def _restored(records: Sequence[Any]) -> list[str]:
    return [f"This restores {counted(records, restores=True)}: what you chose, with everything below it."]


ARCHIVING: Sequence[OperationAction] = (
    OperationAction(
        "archive",
        "Archive",
        "okto_pulse_archive_tree",
        lambda record, _: named(record),
        danger=True,
        foresees=_archived,
        applies=lambda record: record.archived_at is None,
        consequence="What is archived is hidden and takes no change until it is restored.",
    ),
    OperationAction(
        "restore",
        "Restore",
        "okto_pulse_restore_tree",
        lambda record, _: named(record),
        foresees=_restored,
        applies=lambda record: record.archived_at is not None,
        consequence="What is restored comes back in its former status.",
    ),
)
