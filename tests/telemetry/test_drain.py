"""Draining files: what counts as a line, what is stored, what is remembered."""

import json

import pytest

from tests.telemetry.drains import (
    append,
    dead_letters,
    drain,
    numbered,
    run_of,
    stop_after,
    stored_numbers,
    write_lines,
)
from tests.telemetry.events import event

pytestmark = pytest.mark.django_db(transaction=True)

GOOD = json.dumps(event(n=1))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "queue.jsonl"


def test_the_summary_has_the_published_shape(path):
    write_lines(path, GOOD, GOOD, "nonsense")
    assert drain(path) == {
        "files": 1, "accepted": 1, "deduplicated": 1, "skipped": 1,
        "details": [{
            "path": str(path), "accepted": 1, "deduplicated": 1, "skipped": 1, "truncated": False,
            "errors": [{"line": 3, "error": "invalid JSON: Expecting value"}],
        }],
    }  # fmt: skip


def test_blank_lines_are_silent_and_numbered(path):
    write_lines(path, "", GOOD, "  ", "\t", "[1]")
    (detail,) = drain(path)["details"]
    assert detail["errors"] == [{"line": 5, "error": "event must be a JSON object"}]


def test_a_file_of_any_name_is_drained(tmp_path):
    assert drain(write_lines(tmp_path / "events.log", GOOD))["accepted"] == 1


def test_a_folder_is_drained_by_name_and_not_below(tmp_path):
    for name in ("b.jsonl", "a.jsonl", "c.JSONL", "d.json", "e.jsonl.dead.jsonl"):
        write_lines(tmp_path / name, numbered(len(name)))
    (tmp_path / "below").mkdir()
    write_lines(tmp_path / "below" / "f.jsonl", numbered(0))
    assert [detail["path"] for detail in drain(tmp_path)["details"]] == [
        str(tmp_path / "a.jsonl"),
        str(tmp_path / "b.jsonl"),
    ]


def test_an_empty_folder_is_no_error(tmp_path):
    assert drain(tmp_path) == {"files": 0, "accepted": 0, "deduplicated": 0, "skipped": 0, "details": []}


def test_the_source_is_the_one_that_was_asked_for(path):
    from telemetry.models import Event

    drain(write_lines(path, GOOD), source="ci")
    assert Event.objects.get().source.text == "ci"


def test_equal_lines_without_stamp_are_events_of_their_own(path):
    write_lines(path, *[numbered(1)] * 3)
    assert (drain(path)["accepted"], stored_numbers()) == (3, [1, 1, 1])


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_both_line_ends_are_understood(path, ending):
    path.write_bytes(ending.join([numbered(1), "", numbered(2), ""]).encode())
    assert (drain(path)["skipped"], stored_numbers()) == (0, [1, 2])


def test_a_byte_order_mark_spoils_nothing(path):
    path.write_bytes(b"\xef\xbb\xbf" + numbered(1).encode() + b"\n")
    assert drain(path)["accepted"] == 1


def test_separators_of_unicode_do_not_cut_a_line(path):
    path.write_text(json.dumps(event(n=1, text="a\u2028b\u0085c"), ensure_ascii=False) + "\n", encoding="utf-8")
    assert drain(path)["accepted"] == 1


@pytest.mark.parametrize(
    ("poison", "reason"),
    [
        (b'{"event_type":"note","version":1,"payload":{"a":"\xff"}}', "invalid JSON: not UTF-8 text"),
        (b'{"event_type":"note","version":1,"payload":{"a":"\\ud800"}}', "text holds half of a surrogate pair"),
        (b'{"event_type":"note","version":9223372036854775808}', "version must fit in 64 bits"),
        (b'{"event_type":"note","version":' + b"1" * 5000 + b"}", "invalid JSON: an integer has too many digits"),
        (b"[" * 100_000, "invalid JSON: nested too deeply"),
        (b'{"event_type":"a","version":1,"payload":{"a":1e999}}', "payload holds a number that JSON cannot represent"),
        (b'{"event_type":"note","version":1,"payload":{"a":"\\u0000"}}', "payload holds the NUL character"),
        (b'{"event_type":" ","version":1}', "event_type must be a non-empty string"),
        (b"\x00\x1b[31m", "invalid JSON: Expecting value"),
    ],
)  # fmt: skip
def test_poison_is_skipped_with_its_reason(path, poison, reason):
    path.write_bytes(b"\n".join([numbered(1).encode(), poison, numbered(2).encode(), b""]))
    (detail,) = drain(path)["details"]
    assert detail["errors"] == [{"line": 2, "error": reason}]
    assert stored_numbers() == [1, 2]


def test_a_line_longer_than_a_line_may_be_is_passed_over(path, monkeypatch):
    from telemetry.drain import lines

    monkeypatch.setattr(lines, "MOST_LINE_BYTES", 200)
    write_lines(path, numbered(1), "{" + " " * 1000 + "}", numbered(2))
    (detail,) = drain(path)["details"]
    assert [error["line"] for error in detail["errors"]] == [2]
    assert (stored_numbers(), dead_letters(path)[0]["is_cut"]) == ([1, 2], True)


def test_more_lines_than_fit_one_transaction_are_all_stored(path):
    write_lines(path, *map(numbered, range(2500)))
    assert drain(path)["accepted"] == 2500
    assert stored_numbers() == list(range(2500))


# what is remembered


def test_a_second_drain_stores_nothing_and_says_so(path):
    write_lines(path, *map(numbered, range(5)), "nonsense")
    drain(path)
    second = drain(path)
    assert (second["accepted"], second["deduplicated"], second["skipped"]) == (0, 5, 0)
    assert stored_numbers() == list(range(5))


def test_what_was_added_is_numbered_as_in_the_file(path):
    write_lines(path, numbered(1), "", numbered(2))
    drain(path)
    append(path, f"\n{numbered(3)}\nnonsense\n")
    (detail,) = drain(path)["details"]
    assert (detail["accepted"], [error["line"] for error in detail["errors"]]) == (1, [6])


def test_a_renamed_file_is_the_same_file(path):
    write_lines(path, numbered(1))
    drain(path)
    moved = path.rename(path.with_name("other.jsonl"))
    assert drain(moved)["accepted"] == 0


@pytest.mark.parametrize("replaced", [[7], [7, 8, 9, 10]])
def test_a_file_that_was_written_anew_is_drained_from_its_beginning(path, replaced):
    write_lines(path, *map(numbered, [1, 2, 3]))
    drain(path)
    write_lines(path, *map(numbered, replaced))
    assert drain(path)["accepted"] == len(replaced)


def test_one_row_tells_of_each_run_over_a_file(path):
    from telemetry.models import DrainRun

    write_lines(path, *map(numbered, range(1500)), GOOD, GOOD, "nonsense")
    drain(path, source="ci")
    run = DrainRun.objects.get()
    assert (run.path, run.source, run.accepted, run.deduplicated, run.skipped) == (str(path), "ci", 1501, 1, 1)
    assert (run.bytes_read, run.ended_at is None) == (path.stat().st_size, False)


def test_pages_of_a_server_hear_of_a_drain(path):
    from pulse_project.core.models import DomainEvent
    from telemetry import journal

    drain(write_lines(path, numbered(1), "nonsense"))
    journal.write()
    assert set(DomainEvent.objects.values_list("type", flat=True)) == {journal.INGESTED, journal.REJECTED}


# the end of a file


def test_a_whole_event_without_line_end_is_stored(path):
    path.write_text(numbered(1))
    assert drain(path)["accepted"] == 1


def test_its_line_end_does_not_count_as_a_line_later(path):
    path.write_text(numbered(1))
    drain(path)
    append(path, f"\n{numbered(2)}\nnonsense\n")
    (detail,) = drain(path)["details"]
    assert (detail["accepted"], detail["errors"][0]["line"]) == (1, 3)


def test_half_a_line_waits_for_its_rest(path):
    text = numbered(1)
    path.write_text(text[:20])
    summary, notes = run_of(path)
    assert (summary["skipped"], len(notes)) == (0, 1)
    append(path, text[20:] + "\n")
    assert (drain(path)["accepted"], stored_numbers()) == (1, [1])


def test_an_end_that_can_be_no_event_is_skipped_at_once(path):
    path.write_text(f"{numbered(1)}\nnonsense")
    (detail,) = drain(path)["details"]
    assert detail["errors"] == [{"line": 2, "error": "invalid JSON: Expecting value"}]


def test_blanks_at_the_end_hold_nothing_up(path):
    path.write_text(f"{numbered(1)}\n  ")
    assert drain(path, truncate=True)["details"][0]["truncated"]


# two at once, and an end on the way


def test_a_drain_that_another_one_overtook_stores_nothing_twice(path):
    from telemetry.drain.files import Folder
    from telemetry.drain.reports import FileReport
    from telemetry.drain.taking import FileDrain, Terms

    write_lines(path, *map(numbered, range(3)))
    with Folder(path.parent) as folder, folder.opened(path.name) as source:
        slow = FileDrain(source, FileReport(str(path)), Terms())
        slow._look()
        drain(path)
        slow.run()
    assert (slow.report.accepted, slow.report.known, stored_numbers()) == (0, 3, [0, 1, 2])


class _Crash(BaseException):
    """The process ends here."""


def _crash(*_args, **_options):
    raise _Crash


def test_an_end_right_after_the_commit_stores_nothing_twice(path, monkeypatch):
    from telemetry import journal

    write_lines(path, numbered(1))
    with monkeypatch.context() as patched:
        patched.setattr(journal, "note", _crash)
        with pytest.raises(_Crash):
            drain(path)
    assert (drain(path)["deduplicated"], stored_numbers()) == (1, [1])


def test_an_end_right_before_the_commit_leaves_everything_to_the_next_run(path, monkeypatch):
    from telemetry.drain import run_rows

    write_lines(path, numbered(1), "nonsense")
    with monkeypatch.context() as patched:
        patched.setattr(run_rows, "add", _crash)
        with pytest.raises(_Crash):
            drain(path)
    summary = drain(path)
    assert (summary["accepted"], summary["skipped"], stored_numbers()) == (1, 1, [1])


def test_a_place_that_moved_apart_from_the_events_would_store_them_twice(path, monkeypatch):
    from telemetry.drain import positions

    monkeypatch.setattr(positions, "advance", lambda *_args, **_options: None)
    write_lines(path, numbered(1))
    drain(path, is_stopped=stop_after(2))
    drain(path, is_stopped=stop_after(2))
    assert stored_numbers() == [1, 1]


def test_a_drain_that_is_stopped_goes_on_later(path):
    write_lines(path, *map(numbered, range(2500)))
    assert drain(path, is_stopped=stop_after(2))["accepted"] == 1000
    assert (drain(path)["accepted"], stored_numbers()) == (1500, list(range(2500)))


def test_what_the_database_refuses_fails_alone(path, monkeypatch):
    from django.db import DataError

    from telemetry import event_rows

    append = event_rows.append

    def picky(rows):
        if any('"n":1}' in str(row) for row in rows):
            raise DataError("no")
        return append(rows)

    monkeypatch.setattr(event_rows, "append", picky)
    write_lines(path, *map(numbered, range(3)))
    (detail,) = drain(path)["details"]
    assert detail["errors"] == [{"line": 2, "error": "store failed: the database refuses this record"}]
    assert (stored_numbers(), len(dead_letters(path))) == ([0, 2], 1)
