"""What a read answers in part fits the schema that it publishes."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from pulse_project.core.operations import REGISTRY
from tests.boards.making import make_card, make_ideation, make_refinement, make_spec, make_sprint
from tests.conftest import run

SHAPED = sorted(name for name, operation in REGISTRY.items() if "fields" in operation.input.model_fields)


@pytest.fixture
def named(board: Any) -> dict[str, str]:
    """The ids of one object of every kind, by the argument that names it."""
    ideation = make_ideation(board)
    refinement, spec = make_refinement(ideation), make_spec(board)
    sprint, card = make_sprint(spec), make_card(spec)
    found = {"ideation": ideation, "refinement": refinement, "spec": spec, "sprint": sprint, "card": card}
    return {"board_id": str(board.pk), **{f"{kind}_id": str(entity.pk) for kind, entity in found.items()}}


@pytest.mark.parametrize("over", [{}, {"detail": "summary"}, {"detail": "full"}, {"fields": ["title"]}])
@pytest.mark.parametrize("name", SHAPED)
def test_an_answer_in_part_fits_the_published_schema(alice: Any, named: dict[str, str], name: str, over: Any) -> None:
    operation = REGISTRY[name]
    given = {key: value for key, value in named.items() if key in operation.input_schema["required"]}
    answer = run(name, alice, **given, **over)
    assert "error" not in answer, answer
    assert not [error.message for error in Draft202012Validator(operation.output_schema).iter_errors(answer)]
