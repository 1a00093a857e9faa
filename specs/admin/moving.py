"""Moving ideas, refinements, specs and sprints from the admin."""

from collections.abc import Mapping
from typing import Any

from django import forms

from boards.models import Entity
from boards.models.entity import STATUSES
from pulse_project.core.admin.actions import OperationAction


def moving(kind: str) -> OperationAction:
    """The action that moves objects of a kind through the operation, gates and all."""
    choices = [(name, name.replace("_", " ")) for name in STATUSES[kind]]
    form = type("Target", (forms.Form,), {"status": forms.ChoiceField(choices=choices), "__doc__": "Where to."})

    def arguments(record: Entity, answers: Mapping[str, Any]) -> dict[str, Any]:
        return {"board_id": str(record.board_id), f"{kind}_id": str(record.pk), **answers}

    return OperationAction(
        "move",
        "Move",
        f"okto_pulse_move_{kind}",
        arguments,
        form=form,
        consequence="Each one moves if its gates let it; the others say what is in the way.",
    )
