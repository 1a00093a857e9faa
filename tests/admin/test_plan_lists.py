"""Lists of boards and specs in the admin: what they show, what they find, and long ones without long waits."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from boards.board_settings import PRESETS
from boards.models import CardDependency, Comment, Question
from specs.models import ArchitectureDesign, ItemTask, Mockup, Requirement
from tests.boards.making import make_board, make_card, make_ideation, make_refinement, make_spec, make_sprint
from tests.markup import parse

ROWS = 500
LONG = [
    *(f"boards/{name}" for name in ("card", "comment", "question")),
    *(f"specs/{name}" for name in ("spec", "ideation", "refinement", "sprint", "specitem")),
    *(f"specs/{name}" for name in ("architecturedesign", "mockup")),
]


@pytest.fixture
def board(db: None) -> Any:
    return make_board()


@pytest.fixture
def client(browser: Callable[..., Any]) -> Any:
    return browser("auditor")


def rows(client: Any, address: str) -> list[str]:
    """The rows of a list as text, cells separated by spaces."""
    page = parse(client.get(address).content)
    return [row.words for row in page.all("tr") if "tbody" in row.ancestors]


@pytest.fixture
def long(board: Any) -> None:
    """Five hundred of everything that the lists show."""
    ideation = make_ideation(board)
    spec = make_spec(board, ideation=ideation)
    for number in range(ROWS):
        plan = make_ideation(board)
        make_refinement(plan)
        filled = make_spec(board, ideation=plan)
        card = make_card(filled, sprint=make_sprint(filled))
        named = {"kind": "functional_requirement", "public_id": f"fr_{number:08x}"}
        Requirement.objects.create(spec=filled, number=1, position=0, text="It works.", **named)
        Comment.objects.create(entity=card, content="c", author_id="maker")
        Question.objects.create(entity=card, question="q", asked_by="maker")
        ArchitectureDesign.objects.create(entity=spec, title="D", global_description="g")
        Mockup.objects.create(entity=spec, public_id=f"sm_{number:08x}", title="M")


def test_long_lists_stay_within_twelve_queries(client: Any, long: None) -> None:
    counts = {}
    for name in LONG:
        with CaptureQueriesContext(connection) as queries:
            assert len(rows(client, f"/admin/{name}/")) == 50
        counts[name] = len(queries)
    assert {name: count for name, count in counts.items() if count > 12} == {}


def test_five_hundred_boards_stay_within_twelve_queries(client: Any, db: None) -> None:
    for _ in range(ROWS):
        make_board()
    with CaptureQueriesContext(connection) as queries:
        assert len(rows(client, "/admin/boards/board/")) == 50
    assert len(queries) <= 12


def test_a_card_that_waits_for_an_open_one_is_blocked(client: Any, board: Any) -> None:
    spec = make_spec(board)
    open_card, done = make_card(spec, title="Open"), make_card(spec, title="Done", status="done")
    CardDependency.objects.create(card=make_card(spec, title="Waiting"), depends_on=open_card)
    CardDependency.objects.create(card=make_card(spec, title="Free"), depends_on=done)
    found = [row for row in rows(client, "/admin/boards/card/") if row.endswith("waits")]
    assert len(found) == 1
    assert "Waiting" in found[0]


@pytest.mark.parametrize("word", ["pay", "größe", "MENTS"])
def test_cards_are_found_by_their_labels(client: Any, board: Any, word: str) -> None:
    spec = make_spec(board)
    make_card(spec, title="Labelled", labels=["payments", "größe"])
    make_card(spec, title="Bare")
    found = rows(client, f"/admin/boards/card/?q={word}")
    assert len(found) == 1
    assert "Labelled" in found[0]


def test_cards_are_filtered_by_spec_and_sprint(client: Any, board: Any) -> None:
    spec, other = make_spec(board), make_spec(board)
    sprint = make_sprint(spec)
    make_card(spec, title="Planned", sprint=sprint)
    make_card(spec, title="Unplanned")
    make_card(other, title="Elsewhere")
    counts = [
        len(rows(client, f"/admin/boards/card/?{query}"))
        for query in (f"spec={spec.pk}", f"sprint={sprint.pk}", "sprint=none", "spec=nonsense")
    ]
    assert counts == [2, 1, 2, 0]


def test_the_filter_of_specs_offers_those_of_the_chosen_board(client: Any, board: Any) -> None:
    other = make_board()
    for place, title in ((board, "Here"), (other, "There")):
        make_card(make_spec(place, title=title))
    page = parse(client.get(f"/admin/boards/card/?board__id__exact={board.pk}").content)
    offered = {link.words for link in page.all("a") if link.words.startswith("S-")}
    assert offered == {"S-1 Here"}


def test_a_spec_shows_how_much_of_it_is_covered(client: Any, board: Any) -> None:
    spec = make_spec(board, title="Half")
    common = {"spec": spec, "position": 0}
    for number in (1, 2):
        Requirement.objects.create(
            **common, number=number, kind="technical_requirement", public_id=f"tr_0000000{number}", text="t"
        )
    ItemTask.objects.create(item=Requirement.objects.first(), card=make_card(spec))
    page = parse(client.get("/admin/specs/spec/").content)
    assert [(meter.get("value"), meter.get("max")) for meter in page.all("meter")] == [("1", "2")]


def test_a_spec_without_items_shows_no_bar(client: Any, board: Any) -> None:
    make_spec(board)
    assert "nothing yet" in rows(client, "/admin/specs/spec/")[0]


def test_specs_are_filtered_by_what_they_skip(client: Any, board: Any) -> None:
    make_spec(board, title="Strict")
    make_spec(board, title="Loose", skip_rules_coverage=True)
    titles = {
        value: [row for row in rows(client, f"/admin/specs/spec/?skips={value}") if "Strict" in row]
        for value in ("none", "any", "rules", "tests")
    }
    assert {value: len(found) for value, found in titles.items()} == {"none": 1, "any": 0, "rules": 0, "tests": 0}
    assert len(rows(client, "/admin/specs/spec/?skips=rules")) == 1


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "defaults"),
        (dict(PRESETS["light"]), "light"),
        (dict(PRESETS["strict"]), "strict"),
        ({"require_answers": True, "skip_rules_coverage_global": True}, "questions answered; skips rules"),
        ({"max_drift": 10}, "own switches"),
    ],
)
def test_a_board_shows_how_strict_it_is(client: Any, settings: dict[str, Any], words: str) -> None:
    make_board(settings=settings)
    page = parse(client.get("/admin/boards/board/").content)
    assert [cell.words for cell in page.all("td") if cell.get("class") == "field-gates"] == [words]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("require_task_validation=yes", {"Strict"}),
        ("require_task_validation=no", {"Plain", "Loose"}),
        ("skips_coverage=yes", {"Loose"}),
        ("skips_coverage=no", {"Plain", "Strict"}),
    ],
)
def test_boards_are_filtered_by_their_gates(client: Any, db: None, query: str, found: set[str]) -> None:
    make_board("Plain")
    make_board("Strict", settings=dict(PRESETS["strict"]))
    make_board("Loose", settings={"skip_trs_coverage_global": True})
    page = parse(client.get(f"/admin/boards/board/?{query}").content)
    assert {cell.words for cell in page.all("th") if cell.get("class") == "field-name"} == found


def test_a_sprint_shows_its_progress(client: Any, board: Any) -> None:
    spec = make_spec(board)
    sprint = make_sprint(spec)
    for status in ("done", "started", "cancelled"):
        make_card(spec, sprint=sprint, status=status)
    assert "1 of 2 done" in rows(client, "/admin/specs/sprint/")[0]


def test_a_copy_of_a_design_is_stale_once_its_source_has_a_newer_version(client: Any, board: Any) -> None:
    spec = make_spec(board)
    source = ArchitectureDesign.objects.create(entity=spec, title="Source", global_description="g", version=3)
    copied = {"entity": spec, "global_description": "g", "source_design": source}
    ArchitectureDesign.objects.create(**copied, title="Old copy", source_version=2)
    ArchitectureDesign.objects.create(**copied, title="New copy", source_version=3)
    found = rows(client, "/admin/specs/architecturedesign/?stale=yes")
    assert len(found) == 1
    assert "Old copy" in found[0]
    assert "source is at 3" in found[0]
    assert len(rows(client, "/admin/specs/architecturedesign/?stale=no")) == 2


@pytest.mark.parametrize("name", ["architecturedesign", "mockup"])
def test_an_artefact_leads_to_what_holds_it(client: Any, board: Any, name: str) -> None:
    card = make_card(make_spec(board), title="Holder")
    ArchitectureDesign.objects.create(entity=card, title="D", global_description="g")
    Mockup.objects.create(entity=card, public_id="sm_00000001", title="M")
    page = parse(client.get(f"/admin/specs/{name}/").content)
    assert [link.words for link in page.all("a") if link.get("href") == f"/admin/boards/card/{card.pk}/change/"] == [
        "C-1 Holder"
    ]
