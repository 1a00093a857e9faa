"""Copies from a spec to a card."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from boards.call import open_on
from boards.models import Card, Comment, Mention, Question
from pulse_project.core import db
from pulse_project.core.errors import Failure
from pulse_project.core.models import DomainEvent
from specs import knowledge, mockups
from specs.architecture import designs
from specs.architecture.copies import copy_designs
from specs.models import ArchitectureDesign, ArchitectureVersion, DiagramPayload, Knowledge, Mockup
from specs.operations import copies
from tests.boards.making import make_board, make_card, make_ideation, make_member, make_spec
from tests.conftest import run
from tests.specs.sprinting import design, drawing

MOCKUPS, KNOWLEDGE, QA, DESIGNS = (
    f"okto_pulse_copy_{what}_to_card" for what in ("mockups", "knowledge", "qa", "architecture")
)
EVERY = [MOCKUPS, KNOWLEDGE, QA, DESIGNS]


@pytest.fixture
def spec(board: Any) -> Any:
    return make_spec(board, status="in_progress")


@pytest.fixture
def card(spec: Any) -> Any:
    return make_card(spec)


@pytest.fixture
def copy(alice: Any, spec: Any, card: Any) -> Any:
    return lambda name, caller=alice, **over: run(name, caller, spec_id=str(spec.pk), card_id=str(card.pk), **over)


def _mockup(entity: Any, public_id: str, **over: Any) -> Mockup:
    made: Mockup = Mockup.objects.create(entity=entity, public_id=public_id, title="Screen", html_content="<p>", **over)
    return made


def _knowledge(entity: Any, public_id: str) -> Knowledge:
    made: Knowledge = Knowledge.objects.create(
        entity=entity, public_id=public_id, title="Note", content="Text", author_id="maker"
    )
    return made


def _question(entity: Any, question: str, **over: Any) -> Question:
    made: Question = Question.objects.create(entity=entity, question=question, asked_by="maker", **over)
    return made


def _design(entity: Any, **over: Any) -> ArchitectureDesign:
    """A design with one drawing, stored past the rules of its parent."""
    made: ArchitectureDesign = ArchitectureDesign.objects.create(
        entity=entity, title="Payments", global_description="Money.", **over,
        diagrams=[{"id": "over", "title": "Overview", "content_hash": "h", "size_bytes": 2}],
    )  # fmt: skip
    DiagramPayload.objects.create(
        design=made, diagram_id="over", format="excalidraw_json", payload=drawing(), content_hash="h", size_bytes=2
    )
    return made


def _fill(spec: Any) -> None:
    _mockup(spec, "sm_00000001")
    _knowledge(spec, "k1")
    _question(spec, "Why?", answer="Because.")
    _design(spec)


def test_mockups_keep_their_ids_and_come_after_those_of_the_card(copy, spec, card):
    _mockup(card, "sm_0000000a", position=4)
    _mockup(spec, "sm_00000001", annotations=[{"id": "an_1", "text": "x", "author_id": "maker"}])
    assert copy(MOCKUPS) == {"success": True, "copied": 1, "total_on_card": 2}
    made = Mockup.objects.get(entity=card, public_id="sm_00000001")
    assert (made.position, made.annotations[0]["text"], made.created_by) == (5, "x", "alice")


def test_knowledge_on_a_card_names_its_source(copy, spec, card):
    _knowledge(spec, "k1")
    assert copy(KNOWLEDGE) == {"success": True, "copied": 1, "knowledge_ids": ["cardkb_k1"], "total_on_card": 1}
    made = Knowledge.objects.get(entity=card)
    assert (made.source, made.content) == (f"copied_from_spec:{spec.pk}:k1", "Text")


@pytest.mark.parametrize(
    ("name", "field", "wanted"), [(MOCKUPS, "screen_ids", "sm_2"), (KNOWLEDGE, "knowledge_ids", "k2")]
)
def test_only_what_is_named_is_copied(copy, spec, card, name, field, wanted):
    for place in (1, 2):
        _mockup(spec, f"sm_{place}")
        _knowledge(spec, f"k{place}")
    assert copy(name, **{field: wanted})["copied"] == 1
    rows = Mockup if name == MOCKUPS else Knowledge
    assert rows.objects.get(entity=card).public_id.endswith(wanted)


@pytest.mark.parametrize(
    ("name", "field"), [(MOCKUPS, "screen_ids"), (KNOWLEDGE, "knowledge_ids"), (DESIGNS, "design_ids")]
)
def test_unknown_ids_copy_nothing(copy, spec, name, field):
    _fill(spec)
    refused = copy(name, **{field: ["nonsense"]})
    assert (refused["code"], refused["details"]["unknown"]) == ("VALIDATION_ERROR", ["nonsense"])
    assert not DomainEvent.objects.exists()


@pytest.mark.parametrize("name", EVERY)
def test_nothing_to_copy_is_refused(copy, name):
    assert copy(name)["code"] == "VALIDATION_ERROR"


@pytest.mark.parametrize("name", EVERY)
def test_a_second_copy_copies_nothing(copy, spec, name):
    _fill(spec)
    assert [copy(name)["copied"], copy(name)["copied"]] == [1, 0]
    assert DomainEvent.objects.count() == 1


def test_answers_become_one_comment_with_the_labels_of_choices(copy, spec, card):
    _question(spec, "Why?", answer="Because.")
    choices = [{"id": "opt_0", "label": "Red"}, {"id": "opt_1", "label": "Blue"}]
    _question(spec, "Which?", question_type="choice", choices=choices, selected=["opt_1"])
    _question(spec, "When?")
    answer = copy(QA)
    comment = Comment.objects.get(entity=card)
    assert (answer["copied"], answer["comment_id"]) == (2, str(comment.pk))
    assert comment.content == (
        "## Spec Q&A Context\n\n**Q:** Why?\n**A:** Because.\n\n**Q:** Which?\n**A:** Blue"
    )  # fmt: skip


def test_a_new_answer_makes_a_new_comment(copy, spec, card):
    _question(spec, "Why?", answer="Because.")
    copy(QA)
    _question(spec, "When?", answer="Now.")
    assert copy(QA)["copied"] == 2
    assert Comment.objects.filter(entity=card).count() == 2


def test_a_copied_answer_tells_whom_it_names(copy, board, spec):
    make_member(board, "bob")
    _question(spec, "Who?", answer="@bob does.")
    comment = copy(QA)["comment_id"]
    assert str(Mention.objects.get(agent__agent_id="bob").item_id) == comment
    assert DomainEvent.objects.get().type == "comment.added"


def test_answers_that_are_too_long_for_a_comment_are_refused(copy, spec, monkeypatch):
    monkeypatch.setattr(copies, "MAX_TEXT", 20)
    _question(spec, "Why?", answer="Because.")
    assert copy(QA)["code"] == "CONTENT_TOO_LARGE"


def test_a_copied_design_knows_its_source_and_has_drawings_of_its_own(copy, spec, card):
    source = _design(spec, version=3)
    (made,) = copy(DESIGNS)["architecture_designs"]
    assert (made["source_design_id"], made["source_version"]) == (str(source.pk), 3)
    assert (made["source_ref"], made["version"]) == (f"architecture_design:{source.pk}", 1)
    assert made["adapter_payload_refs"] == [f"architecture_diagram_payloads/{made['id']}/over"]
    assert DiagramPayload.objects.get(design=made["id"]).payload == drawing()


def test_copying_a_newer_design_renews_the_copy(copy, spec, card):
    source = _design(spec)
    first = copy(DESIGNS)["architecture_designs"][0]
    ArchitectureDesign.objects.filter(pk=source.pk).update(version=2, title="Newer")
    again = copy(DESIGNS)
    (second,) = again["architecture_designs"]
    assert (again["copied"], second["id"], second["title"]) == (1, first["id"], "Newer")
    assert (second["version"], second["source_version"]) == (2, 2)
    assert ArchitectureVersion.objects.filter(design=first["id"]).count() == 2


def test_only_designs_that_are_named_are_copied(copy, spec, card):
    wanted, _ = _design(spec), _design(spec)
    assert copy(DESIGNS, design_ids=[str(wanted.pk)])["copied"] == 1
    assert ArchitectureDesign.objects.get(entity=card).source_design_id == wanted.pk


@pytest.mark.parametrize(("name", "module"), [(MOCKUPS, mockups), (KNOWLEDGE, knowledge)])
def test_a_card_holds_a_limited_number(copy, spec, monkeypatch, name, module):
    _fill(spec)
    monkeypatch.setattr(module, "MOST", 0)
    assert copy(name)["code"] == "LIMIT_EXCEEDED"


def test_a_card_holds_a_limited_number_of_designs(copy, spec, monkeypatch):
    _design(spec)
    monkeypatch.setattr(designs, "MAX_DESIGNS", 0)
    assert copy(DESIGNS)["code"] == "LIMIT_EXCEEDED"


@pytest.mark.parametrize("name", EVERY)
def test_an_archived_card_takes_no_copies(copy, alice, spec, card, name):
    _fill(spec)
    run("okto_pulse_archive_tree", alice, entity_type="card", entity_id=str(card.pk))
    assert copy(name)["details"]["unmet"][0]["code"] == "archived.archived"


@pytest.mark.parametrize("name", EVERY)
def test_each_copy_asks_for_its_flag(copy, board, spec, name):
    flag = f"card.copy_from_spec.{name.split('_')[3]}"
    bob = make_member(board, "bob", overrides=[flag])
    refused = copy(name, bob)
    assert (refused["code"], refused["details"]["required_permission"]) == ("PERMISSION_DENIED", flag)


@pytest.mark.parametrize("name", [MOCKUPS, KNOWLEDGE, DESIGNS])
def test_cards_are_filled_in_statuses_of_the_own_role_only(copy, board, spec, name):
    _fill(spec)
    bob = make_member(board, "bob", overrides=["card.interact_in.not_started"])
    assert copy(name, bob)["details"]["reason"] == "interact_in_blocked"


@pytest.mark.parametrize("name", EVERY)
def test_a_stranger_copies_nothing(copy, mallory, spec, name):
    _fill(spec)
    assert copy(name, mallory)["code"] == "NOT_FOUND"


@pytest.mark.parametrize("name", EVERY)
def test_spec_and_card_must_be_on_the_board(alice, board, spec, card, name):
    elsewhere = make_spec(make_board("Other"))
    given = {"board_id": str(board.pk)}
    refused = [run(name, alice, **given, spec_id=str(elsewhere.pk), card_id=str(card.pk)),
               run(name, alice, **given, spec_id=str(spec.pk), card_id=str(make_card(elsewhere).pk))]  # fmt: skip
    assert [one["details"]["field"] for one in refused] == ["spec_id", "card_id"]


def _copy(caller: Any, source: Any, target: Any, *args: Any) -> list[ArchitectureDesign]:
    with db.write_tx():
        return copy_designs(open_on(caller, source.board), source, target, *args)


@pytest.mark.parametrize("mode", ["reference_only", "none"])
def test_designs_that_are_only_referred_to_are_not_copied(alice, board, spec, mode):
    ideation = make_ideation(board)
    _design(ideation)
    assert _copy(alice, ideation, spec, (), mode) == []


def test_deriving_copies_like_copying(alice, board, spec):
    ideation = make_ideation(board)
    _design(ideation)
    assert [copy.entity_id for copy in _copy(alice, ideation, spec, (), "derive")] == [spec.pk]


def test_an_unknown_way_of_copying_is_refused(alice, board, spec):
    with pytest.raises(Failure, match="architecture_propagation_mode"):
        _copy(alice, make_ideation(board), spec, (), "move")


@pytest.mark.parametrize("name", EVERY)
def test_copying_takes_as_many_statements_for_many_rows_as_for_few(alice, board, name):
    counts = []
    for size in (3, 30):
        spec = make_spec(board)
        for place in range(size):
            _mockup(spec, f"sm_{place}")
            _knowledge(spec, f"k{place}")
            _question(spec, "Why?", answer="Because.")
            _design(spec)
        card = make_card(spec)
        run("okto_pulse_get_board_summary", alice, board_id=str(board.pk))  # remembers the rights
        with CaptureQueriesContext(connection) as seen:
            run(name, alice, spec_id=str(spec.pk), card_id=str(card.pk))
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 25
    assert Card.objects.count() == 2


def test_a_design_that_was_made_by_the_tool_is_copied_whole(copy, alice, board, card):
    spec = make_spec(board)
    run("okto_pulse_add_architecture_design", alice, parent_type="spec", parent_id=str(spec.pk), **design())
    (made,) = run(DESIGNS, alice, spec_id=str(spec.pk), card_id=str(card.pk))["architecture_designs"]
    whole = run("okto_pulse_get_architecture_design", alice, design_id=made["id"])["architecture_design"]
    assert whole["diagrams"][0]["source_diagram_id"] == "over"
    assert (whole["entities"][0]["name"], whole["interfaces"][0]["id"]) == ("Shop", "charge")
