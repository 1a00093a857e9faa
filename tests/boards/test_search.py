"""Search: what it finds, in which order, and never what the caller may not see."""

import pytest

from boards.models import SearchDocument
from tests.boards.making import make_board, make_member, make_spec
from tests.conftest import run


@pytest.fixture(autouse=True)
def _described(db):
    """Until a kind describes itself in a test, the documents are written by hand."""


def written(entity, body="", kind="", object_id="", title=""):
    from boards.indexing import board_word
    from boards.models import SearchDocument

    kind = kind or entity.kind
    return SearchDocument.objects.create(
        board=entity.board, entity=entity, kind=kind, object_id=object_id, title=title or entity.title, body=body,
        scope=f"{board_word(entity.board_id)} k{kind.replace('_', '')}",
    )  # fmt: skip


def titles(caller, query, **over):
    return [hit["title"] for hit in run("okto_pulse_search", caller, query=query, **over)["hits"]]


def test_a_word_in_the_title_ranks_above_one_in_the_body(board, alice):
    written(make_spec(board, title="Retry policy"), "Nothing else.")
    written(make_spec(board, title="Payments"), "A retry happens here.")
    assert titles(alice, "retry") == ["Retry policy", "Payments"]


def test_inflected_words_are_found(board, alice):
    written(make_spec(board, title="Payments retried"))
    assert titles(alice, "payment") == ["Payments retried"]


def test_every_word_must_be_there(board, alice):
    written(make_spec(board, title="Card payments"))
    assert (titles(alice, "card payments"), titles(alice, "card refunds")) == (["Card payments"], [])


def test_a_phrase_keeps_its_order_and_a_minus_excludes(board, alice):
    written(make_spec(board, title="red green"))
    written(make_spec(board, title="green red blue"))
    assert titles(alice, '"red green"') == ["red green"]
    assert titles(alice, "green -blue") == ["red green"]


def test_a_begun_word_is_found(board, alice):
    written(make_spec(board, title="Idempotency"))
    assert titles(alice, "idem*") == ["Idempotency"]


@pytest.mark.parametrize(
    "query", ['"', "OR", "NOT x AND (", "title:x", "*", "a^2", "'; DROP TABLE x", "scope : b0", "-"]
)
def test_no_query_is_an_error(board, alice, query):
    assert "hits" in run("okto_pulse_search", alice, query=query)


def test_a_reference_finds_its_object_first(board, alice):
    spec = make_spec(board, title="Ledger")
    written(spec)
    assert titles(alice, spec.ref.lower()) == ["Ledger"]


def test_other_boards_are_not_searched(board, alice):
    written(make_spec(make_board("Other"), title="Secret retry"))
    assert titles(alice, "retry") == []


def test_a_kind_without_its_reading_flag_is_not_found(board):
    bob = make_member(board, "bob", overrides=["spec.rules.read"])
    spec = make_spec(board, title="Ledger")
    written(spec, kind="rule", object_id="br_1", title="Ledger rule")
    written(spec)
    assert titles(bob, "ledger") == ["Ledger"]


def test_a_stranger_finds_nothing(board, mallory):
    spec = make_spec(board, title="Ledger")
    written(spec)
    assert (titles(mallory, "ledger"), titles(mallory, spec.ref)) == ([], [])


def test_a_stranger_is_refused_the_board_itself(board, mallory):
    assert run("okto_pulse_search", mallory, query="x", board_id=str(board.pk))["code"] == "NOT_FOUND"


def test_an_archived_object_is_found_on_demand_only(board, alice):
    from pulse_project.core import clock

    written(make_spec(board, title="Ledger", archived_at=clock.now()))
    assert (titles(alice, "ledger"), titles(alice, "ledger", include_archived=True)) == ([], ["Ledger"])


def test_a_changed_document_is_found_by_its_new_words_only(board, alice):
    document = written(make_spec(board, title="Ledger"))
    document.title = "Journal"
    document.save(update_fields=["title"])
    assert (titles(alice, "ledger"), titles(alice, "journal")) == ([], ["Journal"])


def test_a_deleted_object_leaves_the_index(board, alice):
    spec = make_spec(board, title="Ledger")
    written(spec)
    spec.delete()
    assert titles(alice, "ledger") == []


def test_pages_follow_one_another(board, alice):
    for number in range(5):
        written(make_spec(board, title=f"Ledger {number}"))
    first = run("okto_pulse_search", alice, query="ledger", limit=3)
    second = run("okto_pulse_search", alice, query="ledger", limit=3, cursor=first["next_cursor"])
    assert len({hit["entity_id"] for hit in first["hits"] + second["hits"]}) == 5


def test_a_snippet_shows_the_words_around(board, alice):
    written(make_spec(board, title="Ledger"), "word " * 200 + "needle " + "word " * 200)
    assert "needle" in run("okto_pulse_search", alice, query="needle")["hits"][0]["snippet"]


def test_an_unknown_kind_is_refused_with_the_known_ones(alice):
    refused = run("okto_pulse_search", alice, query="x", kinds=["carts"])
    assert (refused["code"], "card" in refused["details"]["known"]) == ("VALIDATION_ERROR", True)


def test_the_beginning_of_very_long_texts_is_found(board, alice):
    """As much of it as PostgreSQL can index: unique words with hyphens, each of which counts three times."""
    words = " ".join(f"ж{number:04x}-я{number:04x}" for number in range(7_500))
    texts = {"description": f"beginning {words}", "details": words.upper(), "action_plan": words.replace("ж", "ы")}
    spec, name = make_spec(board, status="in_progress"), "okto_pulse_create_card"
    answer = run(name, alice, board_id=board.slug, spec_id=str(spec.pk), title="Long", **texts)
    assert answer.get("success"), answer
    assert titles(alice, "beginning") == ["Long"]
    assert len(SearchDocument.objects.get(kind="card").body.encode()) <= 250_000


def test_what_a_reference_names_is_on_one_page_only(board, alice):
    specs = [make_spec(board, title=title) for title in ("Ledger", "See S-1", "After S-1")]
    for spec in specs:
        written(spec, f"{spec.ref} {spec.title}")
    found, cursor = [], ""
    while cursor is not None:
        page = run("okto_pulse_search", alice, query="S-1", limit=1, cursor=cursor)
        found, cursor = [*found, *(hit["title"] for hit in page["hits"])], page["next_cursor"]
    assert (found[0], found.count("Ledger"), found) == ("Ledger", 1, titles(alice, "S-1"))


@pytest.mark.parametrize("cursor", ["x", "W10", "Wy0xXQ", "WzEwMDBd"])
def test_a_cursor_that_no_page_of_hits_gave_is_refused(alice, cursor):
    refused = run("okto_pulse_search", alice, query="x", cursor=cursor)
    assert (refused["code"], refused["details"]["field"]) == ("VALIDATION_ERROR", "cursor")
