"""Every operation on a board, crossed with every preset, and with the ids of objects on somebody else's board."""

import uuid
from collections.abc import Mapping
from typing import Any

import pytest

from boards.catalog import is_on_one_board
from boards.flags import PRESETS
from pulse_project.core import executor
from pulse_project.core.errors import Code
from pulse_project.core.operations import REGISTRY, Operation
from tests.contract.arguments import _value

SCOPED = [
    pytest.param(operation, id=name) for name, operation in sorted(REGISTRY.items()) if is_on_one_board(operation)
]
OBJECTS = ("card_id", "spec_id", "ideation_id", "refinement_id", "sprint_id", "entity_id", "parent_id", "comment_id")
CHILDREN = ("attachment_id", "qa_id", "design_id", "depends_on_id", "bug_card_id", "test_task_id", "origin_task_id")
NAMED = frozenset({*OBJECTS, *CHILDREN})


class World:
    """A board with one object of each kind, and arguments that name them."""

    def __init__(self, name: str) -> None:
        from boards.models import Attachment, Comment, Question
        from specs.models import ArchitectureDesign
        from tests.boards import making

        self.board = making.make_board(name)
        ideation = making.make_ideation(self.board)
        refinement = making.make_refinement(ideation)
        spec = making.make_spec(self.board, ideation=ideation, status="approved")
        card, other = making.make_card(spec), making.make_card(spec)
        attachment = Attachment.objects.create(
            entity=card, filename="a", stored_name=uuid.uuid4().hex, mime_type="text/plain", size=1, sha256="0" * 64,
            uploaded_by="x",
        )  # fmt: skip
        self.ids: Mapping[str, Any] = {
            "card_id": card.pk, "spec_id": spec.pk, "ideation_id": ideation.pk, "refinement_id": refinement.pk,
            "sprint_id": making.make_sprint(spec).pk, "entity_id": spec.pk, "parent_id": spec.pk,
            "comment_id": Comment.objects.create(entity=card, content="c", author_id="x").pk,
            "attachment_id": attachment.pk, "depends_on_id": other.pk, "bug_card_id": card.pk,
            "test_task_id": other.pk, "origin_task_id": other.pk,
            "qa_id": Question.objects.create(entity=card, question="q", asked_by="x").pk,
            "design_id": ArchitectureDesign.objects.create(entity=spec, title="d", global_description="g").pk,
        }  # fmt: skip

    def arguments(self, operation: Operation) -> dict[str, Any]:
        """What the operation requires, with the world's ids wherever it takes one."""
        properties = operation.input_schema["properties"]
        required = operation.input_schema.get("required", [])
        given = {name: _value(properties[name]) for name in required}
        given |= {name: str(self.ids[name]) for name in properties if name in NAMED and name in required}
        if "board_id" in properties:
            given["board_id"] = str(self.board.pk)
        many = {name: [self._one_of_many(operation)] for name in ("cards", "moves", "updates") if name in required}
        return given | many

    def _one_of_many(self, operation: Operation) -> dict[str, Any]:
        """The least item of a call on several cards."""
        if operation.name.endswith("create_cards"):
            return {"title": "x", "spec_id": str(self.ids["spec_id"])}
        card = {"card_id": str(self.ids["card_id"])}
        return {**card, "status": "started"} if operation.name.endswith("move_cards") else {**card, "details": "x"}


@pytest.fixture
def home(db: None) -> World:
    from tests.contract.conftest import forget

    forget()
    return World("Home")


def failure_of(operation: Operation, given: Mapping[str, Any], caller: Any) -> Any:
    return executor.call_sync(operation, given, caller).failure


@pytest.mark.parametrize("operation", SCOPED)
def test_a_preset_without_the_flag_is_refused_and_one_with_it_is_not(operation: Operation, home: World) -> None:
    from boards.call import flags_in, meets
    from boards.catalog import need_of
    from tests.boards.making import make_member

    need = need_of(operation)
    given = home.arguments(operation)
    for preset, granted in PRESETS.items():
        failure = failure_of(operation, given, make_member(home.board, preset.lower().replace(" ", "-"), preset))
        if need is not None and not meets(granted, need):
            assert failure is not None, preset
            assert (failure.code, failure.details.get("required_permission") in flags_in(need)) == (
                Code.PERMISSION_DENIED, True,
            ), preset  # fmt: skip
        elif failure is not None and failure.code is Code.PERMISSION_DENIED:
            assert failure.details.get("required_permission") not in granted, preset


@pytest.mark.parametrize("operation", SCOPED)
def test_a_stranger_gets_the_answer_of_what_does_not_exist(operation: Operation, home: World) -> None:
    from tests.boards.making import make_board, make_member

    stranger = make_member(make_board("Elsewhere"), "mallory")
    given = home.arguments(operation)
    absent = {name: str(uuid.uuid4()) if name in NAMED | {"board_id"} else value for name, value in given.items()}
    refused, unknown = failure_of(operation, given, stranger), failure_of(operation, absent, stranger)
    assert refused is not None
    assert refused.code is Code.NOT_FOUND
    assert (refused.message, refused.details) == (unknown.message, unknown.details)


@pytest.mark.parametrize("operation", [p for p in SCOPED if NAMED & set(p.values[0].input_schema.get("required", []))])
def test_objects_of_another_board_are_not_reached_through_ones_own(operation: Operation, home: World) -> None:
    from tests.boards.making import make_member

    own = World("Own")
    mallory = make_member(own.board, "mallory")
    foreign = {**home.arguments(operation), "board_id": str(own.board.pk)}
    failure = failure_of(operation, foreign, mallory)
    assert failure is not None
    assert failure.code in {Code.NOT_FOUND, Code.VALIDATION_ERROR}
    if "board_id" not in operation.input_schema.get("required", []):
        alone = {name: value for name, value in foreign.items() if name != "board_id"}
        failure = failure_of(operation, alone, mallory)
        assert failure is None or failure.code is not Code.PERMISSION_DENIED


def test_two_presets_are_shown_different_tools(home: World) -> None:
    from pulse_project.core import mcp_tools
    from tests.boards.making import make_member

    executor_, sprinter = (make_member(home.board, name, name) for name in ("Executor", "Sprint Manager"))
    shown = [{operation.name for operation in mcp_tools.listed(caller)} for caller in (executor_, sprinter)]
    assert "okto_pulse_move_sprint" in shown[1] - shown[0]
    assert "okto_pulse_create_card" in shown[0] - shown[1]


def test_an_agent_on_no_board_is_shown_no_tool_of_boards_that_needs_a_flag(db: None) -> None:
    from pulse_project.core import mcp_tools
    from tests.boards.making import make_member

    shown = {
        operation.name
        for operation in mcp_tools.listed(make_member(None, "idle"))
        if operation.scoped and operation.flags
    }
    assert shown == set()
