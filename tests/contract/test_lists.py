"""Every list of boards and specs is read to its end in pages: each row once, in the order of the whole."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from boards import cursors
from tests.contract.listing import LISTS, WITHOUT_PAGES, Full, reads, row_keys

MOST_PAGES = 100
INVENTED = ["x", cursors.made_of([]), cursors.made_of(["zzz"]), cursors.made_of("abcde")]
MOST_QUERIES = 12
WHOLE_NUMBERS = {"count", "total", "total_all", "filtered_count", "total_scenarios", "response_count", "unseen_count"}
COUNTED_BY_PAGE = {  # as they were published
    "list_guidelines",
    "list_guideline_catalogue",
    *(f"get_{kind}_history" for kind in ("ideation", "refinement", "spec", "sprint")),
}
by_list = pytest.mark.parametrize("name", LISTS)

Rows = dict[str, list[Any]]


@pytest.fixture
def full(db: None, operator: Any) -> Full:
    return Full(operator)


def rows_of(name: str, answer: dict[str, Any]) -> Rows:
    """The rows of an answer by their key, those of an object by the names in it."""
    found: Rows = {}
    for key in row_keys(LISTS[name]):
        named = answer[key].items() if isinstance(answer[key], dict) else [("", answer[key])]
        found |= {f"{key}.{inner}": rows for inner, rows in named}
    return found


def pages(full: Full, name: str) -> Iterator[dict[str, Any]]:
    """The answers of a list, a row at a time."""
    cursor = ""
    for _ in range(MOST_PAGES):
        answer = full.read(name, limit=1, cursor=cursor)
        yield answer
        if answer["next_cursor"] is None:
            return
        cursor = answer["next_cursor"]
    raise AssertionError(f"{name} has no end")


def joined(name: str, answers: list[dict[str, Any]]) -> Rows:
    """The rows of several answers, one after the other."""
    found: Rows = {}
    for answer in answers:
        for key, rows in rows_of(name, answer).items():
            found.setdefault(key, []).extend(rows)
    return found


def count(name: str, answer: dict[str, Any]) -> int:
    return sum(map(len, rows_of(name, answer).values()))


@by_list
def test_a_list_takes_a_cursor_and_answers_the_next(name: str) -> None:
    operation = LISTS[name]
    assert {"limit", "cursor"} <= set(operation.input_schema["properties"])
    assert "next_cursor" in operation.output_schema["properties"]


def test_what_is_called_a_list_or_a_history_has_pages() -> None:
    named = {name for name in reads() if name.startswith(("list_", "search")) or name.endswith("_history")}
    assert named <= set(LISTS)


def test_reads_without_pages_exist_and_answer_rows() -> None:
    assert [name for name in WITHOUT_PAGES if not row_keys(reads()[name])] == []


def test_every_list_read_by_rows_is_the_list_read_at_once(full: Full) -> None:
    different, short = [], []
    for name, operation in LISTS.items():
        whole = full.read(name, limit=operation.input_schema["properties"]["limit"]["maximum"])
        read = [*pages(full, name)]
        if whole["next_cursor"] is not None or joined(name, read) != joined(name, [whole]):
            different.append(name)
        if len(read) < 2:
            short.append(name)
    assert (different, short) == ([], [])


def test_a_page_of_any_list_holds_no_more_than_its_limit(full: Full) -> None:
    held = {count(name, page) for name in LISTS for page in pages(full, name)}
    assert held == {1}


@pytest.mark.parametrize("cursor", INVENTED)
def test_an_invented_cursor_is_refused_by_every_list(full: Full, cursor: str) -> None:
    refused = {name: full.read(name, cursor=cursor) for name in LISTS}
    said = {name: (answer.get("code"), answer.get("details", {}).get("field")) for name, answer in refused.items()}
    assert said == dict.fromkeys(LISTS, ("VALIDATION_ERROR", "cursor"))


def test_addresses_that_answer_the_rows_alone_keep_the_next_cursor_beside(full: Full) -> None:
    views = [(name, route.view) for name, operation in LISTS.items() for route in operation.routes if route.view]
    for name, view in views:
        answer = full.read(name, limit=1)
        shown = view(answer)
        assert shown["next_cursor"] == answer["next_cursor"] is not None, name
        assert shown["result"] in rows_of(name, answer).values(), name


def test_numbers_beside_the_rows_count_the_whole_list(full: Full) -> None:
    wrong = {
        name: key
        for name in LISTS
        for key, number in full.read(name).items()
        if key in WHOLE_NUMBERS and full.read(name, limit=1)[key] != number
    }
    assert wrong == dict.fromkeys(COUNTED_BY_PAGE, "count")


def test_no_list_takes_more_than_twelve_queries(full: Full) -> None:
    taken = {}
    for name in LISTS:
        with CaptureQueriesContext(connection) as queries:
            full.read(name)
        taken[name] = len(queries)
    assert {name: number for name, number in taken.items() if number > MOST_QUERIES} == {}
