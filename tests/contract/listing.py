"""The lists of boards and specs as the registry knows them, and a board with some rows for each."""

import uuid
from collections.abc import Mapping
from typing import Any

from pulse_project.core.operations import REGISTRY, Operation
from tests.conftest import run

PREFIX = "okto_pulse_"
# Reads that answer rows and have no pages, each with the reason.
PARTS = "one object with its parts, which belong together"
OVERVIEW = "everything around one object at a glance; each part has a list of its own"
FIXED = "as many rows as the vocabulary or the call names"
WITHOUT_PAGES: Mapping[str, str] = {
    "diff_architecture_design": "the differences of two versions, which a design bounds",
    "explain_permission": FIXED,
    "get_allowed_transitions": FIXED,
    "get_board": OVERVIEW,
    "get_card": PARTS,
    "get_ideation": OVERVIEW,
    "get_ideation_context": OVERVIEW,
    "get_ideation_snapshot": "a document that never changes",
    "get_refinement": OVERVIEW,
    "get_refinement_context": OVERVIEW,
    "get_refinement_snapshot": "a document that never changes",
    "get_screen_mockup": PARTS,
    "get_spec": OVERVIEW,
    "get_spec_context": OVERVIEW,
    "get_sprint": OVERVIEW,
    "get_sprint_context": OVERVIEW,
    "get_task_context": OVERVIEW,
    "validate_architecture_design_payload": FIXED,
}
BESIDE = {"get_choice_responses": {"choices"}}  # rows of an answer that are no part of its list
FURTHER: Mapping[str, Mapping[str, Any]] = {  # what a call names beside the ids that it requires
    "get_activity_log": {"board_id": "lists"},
    "list_architecture_designs": {"parent_type": "spec"},
    "list_guideline_catalogue": {"board_id": "lists"},
    "list_my_mentions": {"include_seen": True},
    "list_screen_mockups": {"entity_type": "spec"},
    "search": {"query": "needle"},
}


def reads() -> dict[str, Operation]:
    """The operations of boards and specs that only read, without the prefix of their names."""
    return {
        name.removeprefix(PREFIX): operation
        for name, operation in sorted(REGISTRY.items())
        if operation.function.__module__.partition(".")[0] in {"boards", "specs"} and not operation.writes
    }


def row_keys(operation: Operation) -> list[str]:
    """The keys under which an operation answers rows: an array of objects, or such arrays by name."""
    answered = operation.output_schema.get("properties", {})
    beside = BESIDE.get(operation.name.removeprefix(PREFIX), set())
    return [name for name, schema in answered.items() if _holds_rows(schema) and name not in beside]


def _holds_rows(schema: Mapping[str, Any]) -> bool:
    if "anyOf" in schema:
        return any(_holds_rows(option) for option in schema["anyOf"])
    if schema.get("type") == "array":
        return schema["items"].get("type") == "object" or "anyOf" in schema["items"]
    named = schema.get("additionalProperties")
    return isinstance(named, dict) and _holds_rows(named)


LISTS = {name: operation for name, operation in reads().items() if row_keys(operation) and name not in WITHOUT_PAGES}


class Full:
    """A board called `lists` with at least two rows for every list, and calls that read them."""

    def __init__(self, operator: Any) -> None:
        from tests.boards import making

        self.operator = operator
        self.board = making.make_board("Lists", slug="lists")
        making.make_board("Another")
        self.alice, self.bob = making.make_member(self.board, "alice"), making.make_member(self.board, "bob")
        for name in ("ann", "ben"):
            making.share(self.board, name, "viewer")
        self.ids: dict[str, str] = {"board_id": "lists"}
        self._plans()
        self._cards()
        self._artefacts()
        self._conversation()
        self._kept()

    def call(self, name: str, caller: Any = None, /, **arguments: Any) -> dict[str, Any]:
        """The answer of an operation with the ids that it requires."""
        required = REGISTRY[PREFIX + name].input_schema.get("required", [])
        given = {known: self.ids[known] for known in required if known in self.ids}
        return run(PREFIX + name, caller or self.operator, **{**given, **FURTHER.get(name, {}), **arguments})

    def read(self, name: str, **arguments: Any) -> dict[str, Any]:
        """The answer of a list. Only agents are mentioned."""
        return self.call(name, self.alice if name == "list_my_mentions" else None, **arguments)

    def _did(self, name: str, caller: Any = None, /, **arguments: Any) -> dict[str, Any]:
        answer = self.call(name, caller, **arguments)
        assert "error" not in answer, (name, answer)
        return answer

    def _plans(self) -> None:
        from specs.models import Snapshot
        from tests.specs import authoring

        made = [self._did("create_ideation", title=f"Needle {number}") for number in range(3)]
        self.ids["ideation_id"] = made[0]["ideation"]["id"]
        self._did("update_ideation", title="Needle of old")
        made = [self._refinement(number) for number in range(3)]
        self.ids["refinement_id"] = made[0]["refinement"]["id"]
        self._did("update_refinement", title="Changed")
        spec = authoring.written(self.board, self.operator)
        authoring.written(self.board, self.operator)
        for what in ("test_scenario", "business_rule", "api_contract") * 2:
            authoring.add(what, self.operator, spec)
        self.ids |= dict.fromkeys(("spec_id", "entity_id", "parent_id"), spec["id"])
        self._did("update_spec", title="Changed")
        for version, name in ((1, "ideation_id"), (2, "ideation_id"), (1, "refinement_id"), (2, "refinement_id")):
            Snapshot.objects.create(entity_id=self.ids[name], version=version, body={"title": f"Version {version}"})

    def _refinement(self, number: int) -> dict[str, Any]:
        from specs.models import Ideation

        Ideation.objects.filter(pk=self.ids["ideation_id"]).update(status="done")
        return self._did("create_refinement", title=f"Refinement {number}")

    def _cards(self) -> None:
        from boards.models import CardDependency
        from specs.models import Spec
        from tests.boards.making import make_card
        from tests.specs.card_making import report_on

        spec = Spec.objects.get(pk=self.ids["spec_id"])
        Spec.objects.filter(pk=spec.pk).update(status="in_progress")
        cards = [make_card(spec, title=f"Card {number}", priority="high" if number else "low") for number in range(4)]
        cards += [make_card(spec, status="started"), make_card(spec, status="started"), make_card(spec, status="done")]
        self.ids["card_id"] = str(cards[0].pk)
        pairs = [(0, 1), (0, 2), (3, 0), (4, 0)]
        CardDependency.objects.bulk_create(
            [CardDependency(card=cards[one], depends_on=cards[other]) for one, other in pairs]
        )
        for _ in range(2):
            report_on(cards[0])
        made = [self._did("create_sprint", title=f"Sprint {number}") for number in range(2)]
        self.ids["sprint_id"] = made[0]["sprint"]["id"]
        self._did("update_sprint", title="Changed")

    def _artefacts(self) -> None:
        from boards.models import Attachment
        from specs.models import ArchitectureDesign, Knowledge, Mockup

        spec_id, card_id = self.ids["spec_id"], self.ids["card_id"]
        for number in range(2):
            for name in ("ideation_id", "refinement_id", "spec_id", "card_id"):
                Knowledge.objects.create(entity_id=self.ids[name], public_id=f"kb_{number:08x}", title="k", content="c")
            Mockup.objects.create(entity_id=spec_id, public_id=f"sm_{number:08x}", title="m", position=number)
            ArchitectureDesign.objects.create(entity_id=spec_id, title=f"d{number}", global_description="g")
            Attachment.objects.create(
                entity_id=card_id, filename="a", stored_name=uuid.uuid4().hex, mime_type="text/plain", size=1,
                sha256="0" * 64, uploaded_by="x",
            )  # fmt: skip

    def _conversation(self) -> None:
        for number in range(2):
            for kind in ("ideation", "refinement", "spec"):
                self._did(f"ask_{kind}_question", question=f"Why {number}?")
            comment = self._did("add_comment", content=f"@alice @bob look {number}")["comment"]["id"]
            self._did("mark_as_seen", self.alice if number else self.bob, item_ids=[comment])
        poll = self._did("add_choice_comment", question="Which?", options=["a", "b"])
        self.ids["comment_id"] = poll["comment"]["id"]
        for caller in (self.alice, self.bob):
            self._did("respond_to_choice", caller, selected=["opt_0"])

    def _kept(self) -> None:
        for number in range(2):
            linked = self._did("create_guideline", title=f"Global {number}", content="c", scope="global")
            self._did("link_guideline_to_board", guideline_id=linked["id"], priority=number)
            self._did("create_guideline", title=f"Inline {number}", content="c", scope="inline")
            self._did("create_saved_view", name=f"View {number}", view={})
            self._did("create_saved_search", name=f"Search {number}", query="x")
